"""Limits stretch with what the machine was seen to do, and waits go on while something goes on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from runs import patience, wait
from runs.patience import saw, slowness, stretched
from runs.wait import LONGEST, StillWaiting, wait_until
from state import state_folder


@pytest.fixture(autouse=True)
def _a_machine_that_nothing_is_known_of(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.setenv("EPOS_VIRT_STATE", str(tmp_path_factory.mktemp("state")))
    monkeypatch.setattr(patience, "_seen", None)
    yield


def another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_seen", None)


def test_a_machine_of_which_nothing_is_known_gets_the_plain_limit() -> None:
    assert stretched(60) == 60


def test_what_took_its_whole_limit_stretches_every_limit() -> None:
    saw("boot of the lab", took=240, limit=240)
    assert stretched(60) == 240


def test_what_is_quick_changes_nothing() -> None:
    saw("boot of the lab", took=30, limit=240)
    assert slowness() == 1


def test_the_last_time_counts() -> None:
    saw("boot of the lab", took=240, limit=240)
    saw("boot of the lab", took=30, limit=240)
    assert slowness() == 1


def test_what_was_seen_is_known_to_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    saw("boot of the lab", took=120, limit=240)
    another_run(monkeypatch)
    assert slowness() == 2


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"boot": 3}', '{"boot": ["x", 1]}'])
def test_a_torn_note_is_no_note(kept: str) -> None:
    (state_folder() / "patience.json").write_text(kept)
    assert slowness() == 1


def test_what_was_seen_weeks_ago_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    (state_folder() / "patience.json").write_text('{"boot": [8.0, 1000.0]}')
    assert slowness() == 1


def test_a_moment_is_no_sign_of_slowness() -> None:
    saw("an answer", took=1.5, limit=2)
    assert slowness() == 1


@pytest.fixture
def own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Promise a clock that is a second later at each look, however busy this machine is."""
    seconds = itertools.count(1000.0)
    monkeypatch.setattr(wait, "time", SimpleNamespace(monotonic=lambda: next(seconds)))


def test_a_wait_goes_on_while_something_goes_on(own_clock: None) -> None:
    looks = itertools.count()
    asked = itertools.count()
    answer = wait_until(
        lambda: next(asked) > 8,
        what="an answer",
        within=2.0,
        every=0.001,
        remedy="",
        progress=lambda: next(looks),
    )
    assert answer


def test_a_wait_ends_where_nothing_goes_on_any_more(own_clock: None) -> None:
    printed = iter([1, 2, 3])
    with pytest.raises(StillWaiting, match="in all"):
        wait_until(
            lambda: None,
            what="an answer",
            within=2.0,
            every=0.001,
            remedy="",
            progress=lambda: next(printed, 3),
        )


def test_a_wait_for_what_computes_for_ever_ends(own_clock: None) -> None:
    looks = itertools.count()
    with pytest.raises(StillWaiting):
        wait_until(
            lambda: None,
            what="an answer",
            within=2.0,
            every=0.001,
            remedy="",
            progress=lambda: next(looks),
        )
    assert next(looks) >= LONGEST - 2
