"""Shutting a guest down in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runs.telling import tell
from runs.wait import wait_until

if TYPE_CHECKING:
    import libvirt


def stop_guest(hypervisor: libvirt.virConnect, name: str, within: float = 120.0) -> None:
    """Shut a guest down and wait until it is gone."""
    domain = hypervisor.lookupByName(name)
    if not domain.isActive():
        return
    domain.shutdown()
    wait_until(
        lambda: not domain.isActive(),
        what=f"end of {name}",
        within=within,
        remedy=f"on the server: xl list; virsh destroy {name} ends it at once",
    )


def take_down(hypervisor: libvirt.virConnect, name: str) -> None:
    """Shut a guest down and forget its definition."""
    tell(f"shutting down {name}")
    stop_guest(hypervisor, name)
    hypervisor.lookupByName(name).undefine()
