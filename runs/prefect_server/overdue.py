"""What was left behind while nobody served: runs that are overdue, and runs that died."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun, StateType


def skip_overdue(deployments: Collection[UUID], scheduled: Collection[UUID]) -> None:
    """Leave one of a schedule's overdue runs: the newest catches up, the others are skipped.

    A machine that slept three nights would else deploy three times in a row. A run that somebody
    started by hand is never skipped.

    Args:
        deployments: whose runs.
        scheduled: those that still have a schedule; of the others all overdue runs are skipped.
    """
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import StateType
    from prefect.states import Cancelled

    with get_client(sync_client=True) as client:
        overdue = [
            run
            for run in _runs(client, deployments, [StateType.SCHEDULED])
            if run.auto_scheduled and _due(run) < datetime.now(UTC)
        ]
        newest: dict[UUID | None, FlowRun] = {}
        for run in sorted(overdue, key=_due):
            newest[run.deployment_id] = run
        for run in overdue:
            why = f"skipped: was due at {_time(run)}"
            if run.deployment_id in scheduled:
                if run is (kept := newest[run.deployment_id]):
                    continue
                why += f", that of {_time(kept)} catches up"
            client.set_flow_run_state(run.id, Cancelled(message=why), force=True)


def close_orphans(deployments: Collection[UUID]) -> None:
    """Mark the runs crashed that went on when whoever served was killed: nobody will end them."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.objects import StateType
    from prefect.states import Crashed

    begun = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    with get_client(sync_client=True) as client:
        for run in _runs(client, deployments, begun):
            why = "flows.serve ended while it went on; started again it goes on from there"
            client.set_flow_run_state(run.id, Crashed(message=why), force=True)


def _runs(
    client: SyncPrefectClient, deployments: Collection[UUID], states: Sequence[StateType]
) -> list[FlowRun]:
    from prefect.client.schemas.filters import (
        DeploymentFilter,
        DeploymentFilterId,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )

    return client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=list(deployments))),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states)))
        ),
    )


def _due(run: FlowRun) -> datetime:
    return (
        run.next_scheduled_start_time or run.expected_start_time or datetime.max.replace(tzinfo=UTC)
    )


def _time(run: FlowRun) -> str:
    return f"{_due(run).astimezone():%Y-%m-%d %H:%M}"
