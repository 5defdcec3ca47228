"""The proof of any application: it gives the answer that its app.yaml names."""

from __future__ import annotations

from collections.abc import Sequence

from blocks.connections import Connections
from deployments.model import Application, Environment
from runs.telling import tell
from runs.wait import wait_until
from tasks.guest.work import guest_work
from tasks.instance.answer import answers
from tasks.instance.proving_question import question_of

WITHIN = 60.0  # seconds, or as long as its machine is at work


def prove_answers(
    environment: Environment, applications: Sequence[Application], connections: Connections
) -> int:
    """Ask applications of an environment, each its own question; give how many answered.

    Raises:
        EposVirtError: one gives another answer, or none.
    """
    for application in applications:
        tell(f"{application.name} is asked on {application.address}")
        _prove(environment, application, connections)
    return len(applications)


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
