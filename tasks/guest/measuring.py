"""What is the same in measuring all guests: what decides their figures, starts, the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from blocks.connection import Connection
from blocks.connections import Connections
from tasks.guest.description import mark_of, read_domain
from tasks.measuring.measure import Figure, starts
from tasks.measuring.method import Method
from tasks.measuring.timed_start import Question, Start, timed_start
from tasks.temporary import ATTRIBUTE

if TYPE_CHECKING:
    import libvirt


def domain_key(hypervisor: libvirt.virConnect, name: str, *more: object) -> str:
    """Give what decides a guest's figures: its description's key, and whatever else is named."""
    domain = read_domain(hypervisor, name)
    return ":".join([(mark_of(domain) if domain else {}).get("key", ""), *map(str, more)])


def measure_guest_starts(
    method: Method,
    hypervisor: libvirt.virConnect,
    name: str,
    server: Connection,
    question: Question,
    stop: Callable[[], object],
    started: Callable[[Start], object] = lambda _start: None,
) -> list[Figure]:
    """Time starts of a defined guest; `stop` ends the running one, `started` hears each start."""

    def create() -> None:
        hypervisor.lookupByName(name).create()

    def start() -> Start:
        taken = timed_start(server, question, create)
        started(taken)
        return taken

    return starts(method, stop, start)


def bring_back(connections: Connections, name: str) -> None:
    """Have a guest that was being measured run as it is defined; its answer is not waited for."""
    domain = read_domain(connections.hypervisor(), name)
    if domain is None:
        return
    if domain.isActive() and ATTRIBUTE in mark_of(domain):
        domain.destroy()
    if not domain.isActive():
        domain.create()
