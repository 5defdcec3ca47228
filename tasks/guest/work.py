"""Whether a guest is at work: what a wait for its answer goes on for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from blocks.connections import Connections
from tasks.guest.console import console_log

if TYPE_CHECKING:
    import libvirt

BUSY = 5.0  # processor seconds between two looks: an idle guest takes less in minutes


def guest_work(connections: Connections, name: str) -> Callable[[], object]:
    """Give what changes while a guest prints on its console or computes; for `wait_until`.

    Args:
        connections: the run's connections.
        name: of the guest, on the server.
    """
    counted = [0.0]

    def look() -> object:
        used = processor_seconds(connections.hypervisor(), name)
        if not 0 <= used - counted[0] < BUSY:  # below 0: it was started anew
            counted[0] = used
        printed = connections.server.run("stat", "-c", "%s", console_log(name)).stdout
        return counted[0], printed

    return look


def processor_seconds(hypervisor: libvirt.virConnect, name: str) -> float:
    """Give the processor time, seconds, that a guest has taken since it was started."""
    import libvirt

    try:
        return float(hypervisor.lookupByName(name).info()[4]) / 1e9
    except libvirt.libvirtError:
        return 0.0  # it is not there, or ended in this moment
