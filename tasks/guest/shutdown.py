"""Shutting a guest down in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
