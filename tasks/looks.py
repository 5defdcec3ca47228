"""What a run asks its server in any case, whatever it finds: read in one command."""

from __future__ import annotations

from tasks.server import bridge, hotplug, hypervisor, packages, room, volume
from tasks.unikernel import image

LOOKS = (
    *room.LOOKS,
    *packages.LOOKS,
    *bridge.LOOKS,
    *volume.LOOKS,
    *hypervisor.LOOKS,
    *hotplug.LOOKS,
    *image.LOOKS,
)
