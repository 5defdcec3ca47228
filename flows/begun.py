"""The beginning and the end of a run: in our history, in Prefect's, and at once where it must."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from prefect.context import FlowRunContext

from history import Platform
from history.state import RunState
from runs.child import end_children
from runs.interruption import Interrupted, Interruption
from runs.prefect_server import wait_for_rows
from state import state_folder

if TYPE_CHECKING:
    from flows.session import Session


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


def see_rows(session: Session, steps: int) -> None:
    """Wait until Prefect has the rows of all steps, and tell where it lost some."""
    context = FlowRunContext.get()
    if context and context.flow_run:
        rows = wait_for_rows(str(context.flow_run.id), steps)
        if rows < steps:
            session.progress.note(f"Prefect keeps {rows} of {steps} rows of this run")
