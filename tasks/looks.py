"""What a run asks its server in any case, whatever it finds: read in one command."""

from __future__ import annotations

from tasks import bridge, hotplug, hypervisor, package, unikernel_image, volume

LOOKS = (
    *package.LOOKS,
    *bridge.LOOKS,
    *volume.LOOKS,
    *hypervisor.LOOKS,
    *hotplug.LOOKS,
    *unikernel_image.LOOKS,
)
