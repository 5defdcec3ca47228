"""`after` holds between all techniques: what is named is started before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deployments.model import Environment
from tasks.techniques.start_order import started_before
from tasks.techniques.techniques import Techniques

CONNECTIONS: Any = None  # names are asked for, machines are not


def with_after(environment: Environment, **after: tuple[str, ...]) -> Techniques:
    """Give the things of an environment whose applications come after these."""
    applications = tuple(
        app.model_copy(update={"after": after.get(app.name, ())})
        for app in environment.applications
    )
    changed = environment.model_copy(update={"applications": applications})
    return Techniques(changed, CONNECTIONS, Path("/nonexistent"))


def test_a_unikernel_comes_after_containers_and_unikernels(environment: Environment) -> None:
    changed = with_after(environment, RunQC=("indexGD", "FWSS", "database"))
    found = started_before(changed, [changed.environment.application("RunQC")])
    assert found == ["unikernel indexGD", "compose centos7-VM"]


def test_containers_of_a_domu_come_after_unikernels_and_not_after_themselves(
    environment: Environment,
) -> None:
    changed = with_after(environment, FWSS=("database", "RunQC"))
    assert started_before(changed, changed.environment.containers) == ["unikernel RunQC"]
