"""The step that proves that an environment works, whatever it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from blocks.connections import Connections
from deployments.model import Environment
from runs.step import Action, Plan, Results, Step, change, nothing
from tasks import step_names
from tasks.last_proof import proved
from tasks.proof.answers import prove_answers
from tasks.proof.node import (
    NEEDED,
    missing_parts,
    node_of,
    prove_again,
    prove_node,
    taken_through,
)
from tasks.proof.requests import Asking


def proof_step(
    environment: Environment,
    connections: Connections,
    certificate: Callable[[], Path],
    after: Sequence[str],
) -> Step:
    """Prove that the applications work: an EPOS node by its files, all others by their answers.

    Args:
        environment: the whole environment.
        connections: the run's connections.
        certificate: gives the file with the portal's certificate.
        after: steps to wait for.

    The step's result `proof` is what was seen.
    """

    def plan() -> Plan:
        if not environment.applications:
            return nothing("no applications: nothing to prove")
        node = node_of(environment)
        if node is None:
            what = "ask every application its own question"
            lacking = missing_parts(environment)
            part = f"; no EPOS node without {', '.join(lacking)}"
            reason = what + (part if len(lacking) < len(NEEDED) else "")
            return change(reason, Action(what, prove_others))
        if before := proved(environment):
            what = "nothing was started or changed since it was proved: GLASS and portal show it"
            look = partial(prove_again, environment, node, before)
            return change(what, Action("ask GLASS and the portal again", partial(of_node, look)))
        what = "RINEX files through indexGD, FWSS, database, GLASS and portal"
        return change(what, Action(what, partial(of_node, partial(prove_node, environment, node))))

    def prove_others() -> Results:
        all_of_it = environment.applications
        return Results(proof={"answered": prove_answers(environment, all_of_it, connections)})

    def of_node(prove: Callable[[Asking], dict[str, Any]]) -> Results:
        seen = prove(Asking(environment, connections, certificate()))
        through = taken_through(environment)
        others = [app for app in environment.applications if app.name not in through]
        return Results(proof={**seen, "others": prove_answers(environment, others, connections)})

    return Step(step_names.PROOF, "prove", "server", plan, tuple(after), retries=1, always=True)
