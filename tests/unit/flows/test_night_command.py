"""The command of a night: what cannot be is refused, and then nothing whatsoever is started."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from commands import flow


@pytest.fixture
def started(
    flows: ModuleType, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> list[dict[str, Any]]:
    """Promise that no flow runs: what would be started is noted, and ends there."""
    asked: list[dict[str, Any]] = []

    def run(name: str, _on: object, **parameters: Any) -> None:
        asked.append({"flow": name, **parameters})
        raise KeyboardInterrupt

    monkeypatch.setattr(flow, "run", run)
    return asked


@pytest.mark.parametrize(
    "arguments",
    [
        ["--starts", "0"],
        ["--starts", "31"],
        ["--until", "0"],
        ["--until", "90%"],
        ["--nights", "0"],
        ["--packages", "README.md"],
        ["--packages", "/nonexistent.json"],
        ["--only", "no-such-step"],
    ],
)
def test_what_cannot_be_starts_nothing(started: list[dict[str, Any]], arguments: list[str]) -> None:
    assert flow.main("rebuild_and_measure", arguments) == 2
    assert started == []


@pytest.mark.parametrize("until", ["nan", "inf", "-inf", "0", "-5"])
def test_what_cannot_be_is_refused_before_a_plan_looks_at_anything(
    started: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, until: str
) -> None:
    def looks(*_: Any, **__: Any) -> bool:
        pytest.fail("the plan was made")

    monkeypatch.setattr("flows.shown.plan.show_plan", looks)
    assert flow.main("measure", [f"--until={until}", "--plan"]) == 2


def test_what_was_not_said_is_the_flows_own(started: list[dict[str, Any]]) -> None:
    flow.main("rebuild_and_measure", [])
    [asked] = started
    assert not {"starts", "until", "nights", "packages"} & set(asked)


def test_what_was_said_is_passed_on(started: list[dict[str, Any]]) -> None:
    flow.main("measure", ["--starts", "7", "--until", "5%", "--again"])
    [asked] = started
    assert (asked["starts"], asked["until"], asked["again"]) == (7, 5.0, True)
