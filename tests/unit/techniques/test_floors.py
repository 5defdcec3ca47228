"""The floors are measured with whatever is measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deployments.model import Environment
from tasks.measuring.measure import Subject, remember
from tasks.techniques.floors import floors

CONNECTIONS: Any = None


def subject(key: str) -> Subject:
    return Subject("RunQC", "unikernel", lambda: key, lambda _: ())


def keys(environment: Environment, run: str, key: str) -> dict[str, str]:
    return {one.name: one.key() for one in floors(environment, CONNECTIONS, run, [subject(key)])}


def test_floors_are_measured_again_in_every_run_that_measures_anything(
    environment: Environment, own_state: Path
) -> None:
    both = ["null-guest", "empty-container"]
    assert keys(environment, "run-1", "a") == dict.fromkeys(both, "run-1")
    for name, key in {"RunQC": "a", **dict.fromkeys(both, "run-1")}.items():
        remember(environment.name, name, key, "run-1")
    assert keys(environment, "run-2", "a") == dict.fromkeys(both, "run-1")
    assert keys(environment, "run-3", "changed") == dict.fromkeys(both, "run-3")


def test_without_containers_there_is_no_floor_of_any(
    environment: Environment, own_state: Path
) -> None:
    only = environment.model_copy(update={"applications": environment.unikernels})
    assert list(keys(only, "run-1", "a")) == ["null-guest"]
