"""The floors are measured with whatever is measured, and what ends at once is timed to its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployments.model import Environment
from runs.wait import StillWaiting
from tasks.measuring import timed_end as timing
from tasks.measuring.measure import Subject, remember
from tasks.measuring.timed_end import timed_end
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


def test_it_is_timed_until_the_call_returns_and_until_it_has_ended() -> None:
    looks: Iterator[bool] = iter([False, False, True])
    taken = timed_end(lambda: None, lambda: next(looks))
    assert 0 <= taken.running < taken.first_answer
    assert list(looks) == []


def test_one_that_does_not_end_gives_no_figure(
    own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "ENDS_WITHIN", 0.05)
    with pytest.raises(StillWaiting, match="its end"):
        timed_end(lambda: None, lambda: False)
