"""The server's room: memory, processors, volume group or an empty disk."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.connection import Connection
from deployments.load import where
from deployments.model import Environment
from tasks.doctor.finding import Finding, fails, works
from tasks.server.room import does_not_fit, read_room


def look(server: Connection, environment: Environment) -> Iterator[Finding]:
    """Look whether what the environment asks for is there.

    Raises:
        EposVirtError: the volume group, or the device for it, cannot be used.
    """
    room = read_room(server, environment)
    storage = environment.storage
    found = does_not_fit(environment, room)
    short = {place[0] for place, *_ in found}
    for place, message, remedy in found:
        subject = "volumes" if place[0] == "storage" else str(place[-1]).removeprefix("dom0_")
        yield fails(subject, f"{where(environment, place)}: {message}", remedy)
    if room.memory and room.processors and not short & {"hypervisor", "domus", "applications"}:
        has = f"{room.memory // 2**20} MiB, {room.processors} processors"
        yield works("memory", f"{has}: all guests fit in")
    if room.disk is None:
        what = f"no volume group {storage.group}, and no device to make it on"
        yield fails("volumes", what, "name an empty disk or partition as `storage.device`")
    elif "storage" not in short:
        on = f"in {storage.group}" if room.group else f"on {storage.device}, where it is made"
        yield works("volumes", f"{room.disk / 2**30:.2f} GiB are free {on}: all volumes fit in")
