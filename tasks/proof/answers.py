"""The proof of any environment: every application gives the answer that its app.yaml names."""

from __future__ import annotations

from typing import Any

from blocks.connections import Connections
from deployments.model import Application, Environment
from runs.telling import tell
from runs.wait import wait_until
from tasks.guest.work import guest_work
from tasks.instance.answer import answers
from tasks.instance.question import question_of

WITHIN = 60.0  # seconds, or as long as its machine is at work


def prove_answers(environment: Environment, connections: Connections) -> dict[str, Any]:
    """Ask every application of an environment its own question.

    Raises:
        EposVirtError: one gives another answer, or none.
    """
    for application in environment.applications:
        tell(f"{application.name} is asked on {application.address}")
        _prove(environment, application, connections)
    return {"answered": len(environment.applications)}


def _prove(environment: Environment, application: Application, connections: Connections) -> None:
    question = question_of(environment, application)
    wait_until(
        lambda: answers(connections.server, question),
        what=f"the answer of {application.name} on {application.address}",
        within=WITHIN,
        every=2,
        remedy=f"python -m flows.logs {application.name} shows what it printed",
        progress=guest_work(connections, application.domu or application.name),
    )
