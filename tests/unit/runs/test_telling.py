"""What a step tells reaches whoever hears it, from threads too, and ends it where the run ends."""

from __future__ import annotations

import threading
from contextvars import copy_context

import pytest

from runs.interruption import Interrupted, interruptible
from runs.telling import tell, told_to
from tests.patience import LONGEST


def test_a_hearer_hears_what_its_block_tells() -> None:
    outer: list[str] = []
    inner: list[str] = []
    with told_to(outer.append):
        tell("one")
        with told_to(inner.append):
            tell("two")
        tell("three")
    tell("nobody hears")
    assert (outer, inner) == (["one", "three"], ["two"])


def test_a_block_that_fails_leaves_its_hearer() -> None:
    heard: list[str] = []
    with pytest.raises(OSError, match="gone"), told_to(heard.append):
        raise OSError("gone")
    tell("nobody hears")
    assert heard == []


def test_who_tells_in_a_run_that_is_ended_is_ended_once() -> None:
    heard: list[str] = []
    asked = threading.Event()
    with told_to(heard.append), interruptible() as run, run.acting(asked.set):
        tell("before")
        run.ask()
        assert asked.wait(LONGEST)
        with pytest.raises(Interrupted):
            tell("instead of this")
        tell("undoing")
    assert heard == ["before", "undoing"]


def test_a_thread_is_heard_where_its_context_was() -> None:
    heard: list[str] = []
    with told_to(heard.append):
        thread = threading.Thread(target=copy_context().run, args=(tell, "from a thread"))
    thread.start()
    thread.join(30)
    assert heard == ["from a thread"]
