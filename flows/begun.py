"""The beginning and the end of a run: in our history, in Prefect's, and at once where it must."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from history import Platform
from history.state import RunState
from runs.child import end_children
from runs.interruption import Interrupted, Interruption
from runs.prefect_server import wait_for_rows
from state import state_folder

if TYPE_CHECKING:
    from flows.session import Session, Summary


def end_what_runs(session: Session) -> None:
    """Break what the steps wait for, so that they end at once; what they undo connects anew."""
    session.progress.note("interrupted: ending what runs")
    session.connections.drop()
    end_children()


@contextmanager
def recorded(
    session: Session, flow: str, platform: Platform, asked: Interruption
) -> Iterator[None]:
    """Record a run around the block, and how it ended.

    Raises:
        Interrupted: the run was ended, whatever the block made of that.
    """
    session.run = session.history.begin_run(flow, session.environment.name, platform)
    session.folder = state_folder("runs", session.run)
    state: RunState = "failed"
    try:
        yield
        state = "done"
    finally:
        if asked.asked:
            state = "cancelled"
        session.history.end_run(session.run, state)
        if asked.asked:
            raise Interrupted


def see_rows(summary: Summary) -> None:
    """Wait until Prefect has the rows of all steps of a run, and tell where it lost some.

    For a run whose server ends with it. It comes last: meanwhile Prefect has written most of them.
    """
    if summary.flow_run:
        steps = len(summary.outcomes)
        rows = wait_for_rows(summary.flow_run, steps)
        if rows < steps:
            sys.stderr.write(f"Prefect keeps {rows} of {steps} rows of this run\n")
