"""Figures: taken again only when they could differ, doubted where they spread, never made up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from history import History, Platform, open_history
from tasks.measuring.measure import (
    Figure,
    Subject,
    doubts,
    measure_step,
    measured,
    starts,
)
from tasks.measuring.method import FIXED, Method
from tasks.measuring.timed_start import Start

pytestmark = pytest.mark.usefixtures("own_state")


@pytest.mark.parametrize(
    ("values", "doubtful"),
    [
        ([1.0], False),
        ([1.0, 1.1, 1.2, 1.0, 1.1], False),
        ([1.0, 1.0, 1.0, 1.0, 1.71], True),
        ([0.4, 1.0, 1.0], True),
        ([0.0, 0.0], False),
    ],
)
def test_samples_that_spread_are_doubted(values: list[float], doubtful: bool) -> None:
    assert bool(doubts(values)) is doubtful


def test_a_doubt_tells_the_spread() -> None:
    assert doubts([1.0, 1.0, 1.71]) == ("the samples spread over 71% of their median",)


def test_each_start_begins_from_the_same_prepared_state() -> None:
    order: list[str] = []
    times = iter([Start(0.1, 1.0), Start(0.2, 2.0), Start(0.3, 3.0)])

    def start() -> Start:
        order.append("start")
        return next(times)

    running, answer = starts(Method(3), lambda: order.append("stop"), start)
    assert order == ["stop", "start"] * 3
    assert (running.metric, running.unit, running.values) == ("start_running", "s", [0.1, 0.2, 0.3])
    assert (answer.metric, answer.unit, answer.values) == ("start_first_answer", "s", [1, 2, 3])


def test_a_start_that_fails_leaves_no_figure() -> None:
    def start() -> Start:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        starts(FIXED, lambda: None, start)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with open_history(str(tmp_path / "history.sqlite")) as opened:
        yield opened


def subject(key: str, *values: float) -> Subject:
    figures = [Figure("start_first_answer", "s", list(values), "a watch")]
    return Subject("indexGD", "unikernel", lambda: key, lambda _: figures)


def new_run(history: History) -> str:
    return history.begin_run("measure", "lab", Platform(kind="emulation"))


def take(history: History, run: str, what: Subject) -> str:
    plan = measure_step(what, "lab", history, run, ()).plan()
    for action in plan.actions:
        action.do()
    return plan.reason


def test_a_build_is_measured_once(history: History) -> None:
    first, second = new_run(history), new_run(history)
    assert take(history, first, subject("key", 1.0, 1.1)) == "not measured as it is now"
    reason = take(history, second, subject("key", 9.0))
    assert reason == f"measured in run {first}, nothing it depends on changed"
    assert list(history.metrics(first)["median"]) == [pytest.approx(1.05)]


def test_another_build_is_measured_again(history: History) -> None:
    first, second = new_run(history), new_run(history)
    take(history, first, subject("key", 1.0))
    assert take(history, second, subject("other", 2.0)) == "not measured as it is now"
    assert measured("lab")["indexGD"] == {"key": "other", "run": second}
    assert measured("another") == {}


def test_figures_that_are_no_longer_in_the_history_are_taken_again(
    history: History, tmp_path: Path
) -> None:
    take(history, new_run(history), subject("key", 1.0))
    with open_history(str(tmp_path / "fresh.sqlite")) as fresh:
        assert take(fresh, new_run(fresh), subject("key", 1.0)) == "not measured as it is now"


def test_a_measurement_that_dies_is_not_remembered(history: History) -> None:
    def dies(_: Method) -> Any:
        yield Figure("size", "bytes", [1.0], "ls")
        raise OSError("killed")

    dying = Subject("indexGD", "unikernel", lambda: "key", dies)
    with pytest.raises(OSError, match="killed"):
        take(history, new_run(history), dying)
    assert measured("lab") == {}


def test_doubtful_samples_are_recorded_with_their_warning(history: History) -> None:
    run = new_run(history)
    take(history, run, subject("key", 1.0, 1.0, 3.0))
    (figure,) = history.metrics(run).to_dict("records")
    assert "200% of their median" in str(figure["warnings"])
