"""The server's room: memory, processors, volume group or an empty disk."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.connection import Connection
from deployments.load import where
from deployments.model import Environment
from tasks.doctor.finding import Finding, fails, works
from tasks.server.room import Room, does_not_fit, read_room


def look(server: Connection, environment: Environment) -> Iterator[Finding]:
    """Look whether what the environment asks for is there.

    Raises:
        EposVirtError: the volume group, or the device for it, cannot be used.
    """
    room, group = read_room(server, environment), environment.storage.group
    found = list(fits(environment, room))
    yield from found
    if room.disk is None:
        what = f"no volume group {group}, and no device to make it on"
        yield fails("volumes", what, "name an empty disk or partition as `storage.device`")
    elif not any(finding.subject == "volumes" for finding in found):
        on = f"in {group}" if room.group else f"on {environment.storage.device}, where it is made"
        yield works("volumes", f"{room.disk / 2**30:.2f} GiB are free {on}: all volumes fit in")


def fits(environment: Environment, room: Room) -> Iterator[Finding]:
    """Judge whether an environment fits what a server has."""
    found = does_not_fit(environment, room)
    for place, message, remedy in found:
        subject = "volumes" if place[0] == "storage" else str(place[-1]).removeprefix("dom0_")
        yield fails(subject, f"{where(environment, place)}: {message}", remedy)
    if room.memory and all(place[0] == "storage" for place, *_ in found):
        has = f"{room.memory // 2**20} MiB, {room.processors or 'unknown'} processors"
        yield works("memory", f"{has}: dom0 and all guests fit in")
