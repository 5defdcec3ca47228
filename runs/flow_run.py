"""The flow run that Prefect has of us, and how it is told that the operator ended it."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import NoReturn

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.exceptions import TerminationSignal
from prefect.states import Cancelled


def flow_run_id() -> str | None:
    """Give the id of the flow run that calls this."""
    context = FlowRunContext.get()
    return str(context.flow_run.id) if context and context.flow_run else None


def end_as_cancelled() -> NoReturn:
    """Leave the flow that calls this, and its run cancelled.

    Prefect's engine knows one exception that is no failure: with it the process gets SIGTERM once
    more, as whoever was there before the flow handles it.
    """
    context = FlowRunContext.get()
    if context and context.flow_run:
        state: State[None] = Cancelled(message="interrupted; what was done stays done")
        with suppress(Exception):  # a server that is gone: what counts is in our own history
            with get_client(sync_client=True) as client:
                client.set_flow_run_state(context.flow_run.id, state, force=True)
            context.flow_run.state = state  # else the engine would call it crashed
    raise TerminationSignal(signal.SIGTERM)
