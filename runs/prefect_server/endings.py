"""How runs ended, for who watches the process that serves; Prefect has all the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from uuid import UUID


class Endings:
    """Tells of each run of some deployments once, when it has ended."""

    def __init__(self, deployments: Collection[UUID], say: Callable[[str], None]) -> None:
        """Tell of what ends from now on."""
        self._deployments = list(deployments)
        self._say = say
        self._since = datetime.now(UTC)
        self._told: set[UUID] = set()

    def tell(self) -> None:
        """Look, and say what is new."""
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.filters import (
            DeploymentFilter,
            DeploymentFilterId,
            FlowRunFilter,
            FlowRunFilterEndTime,
        )

        with get_client(sync_client=True) as client:
            ended = client.read_flow_runs(
                deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=self._deployments)),
                flow_run_filter=FlowRunFilter(
                    end_time=FlowRunFilterEndTime.model_validate({"after_": self._since})
                ),
            )
        for run in ended:
            if run.id in self._told or run.state is None:
                continue
            self._told.add(run.id)
            why = (run.state.message or "").strip().split("\n")[0]
            self._say(f"{run.name}: {run.state.name}" + (f": {why}" if why else ""))
