"""Guests that the environment does not describe any more: ended before what takes their place.

An application that became a container, or was taken out of the file, would answer on its address
still, and a domU that was renamed would have its volume mounted beside the new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from blocks.connections import Connections
from deployments.checks.names import COPIES
from deployments.model import Environment
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names
from tasks.guest.description import mark_of
from tasks.last_proof import forget_proof
from tasks.techniques.removal import take_down
from tasks.temporary import ATTRIBUTE

if TYPE_CHECKING:
    import libvirt


def superseded_guests_step(
    environment: Environment, connections: Connections, after: Sequence[str]
) -> Step:
    """Shut down and undefine the guests with our mark that are not described; volumes stay."""

    def end(name: str) -> None:
        forget_proof(environment)
        take_down(environment, connections, name)

    def plan() -> Plan:
        hypervisor = connections.hypervisor()
        found = superseded_guests(environment, hypervisor)
        if not found:
            return nothing("every guest is described")
        actions = [Action(f"shut down and undefine {name}", partial(end, name)) for name in found]
        return change(f"{', '.join(found)}: not described any more", *actions)

    return Step(step_names.SUPERSEDED, "prepare_host", "server", plan, tuple(after))


def superseded_guests(environment: Environment, hypervisor: libvirt.virConnect) -> list[str]:
    """Name them; what is temporary, and copies that are compared, have steps of their own."""
    described = {domu.name for domu in environment.domus}
    described |= {app.name for app in environment.unikernels}
    marks = {domain.name(): mark_of(domain) for domain in hypervisor.listAllDomains()}
    return sorted(
        name
        for name, mark in marks.items()
        if mark.get("environment") == environment.name
        and ATTRIBUTE not in mark
        and name not in described
        and not name.startswith(COPIES)
    )
