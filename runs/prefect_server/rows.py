"""Waiting until Prefect's server has written what a run did."""

from __future__ import annotations

import time
from uuid import UUID

from runs.wait import wait_until


def wait_for_rows(flow_run_id: str, tasks: int, within: float = 60.0) -> int:
    """Wait until Prefect has a row in a final state for every task of a flow run.

    Rows are written asynchronously: whoever stops the server first loses some of them.

    Returns:
        The number of rows it has, `tasks` if all arrived in time.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
    from prefect.client.schemas.objects import TERMINAL_STATES

    deadline = time.monotonic() + within
    wanted = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(flow_run_id)]))
    question = {
        "flow_runs": wanted.model_dump(mode="json"),
        "task_runs": {"state": {"type": {"any_": [state.value for state in TERMINAL_STATES]}}},
    }
    with get_client(sync_client=True) as client:

        def finished() -> int:
            answer = client.request("POST", "/task_runs/count", json=question)
            count: int = answer.json()
            return count

        wait_until(
            lambda: finished() >= tasks or time.monotonic() > deadline,
            what="Prefect's rows",
            within=within + 10,
            every=0.05,
            remedy="",
        )
        return finished()
