"""Whether an environment fits its server: memory, processors, disk; told with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.files import Finding
from deployments.load import refuse
from deployments.model import Application, DomU, Environment
from deployments.problem import Location
from runs.step import Plan, Step, nothing
from tasks import step_names
from tasks.server.group import GROUPS, Group, check_empty, find_group, read_device
from tasks.server.hypervisor import XEN_IS_THERE, read_xen
from tasks.server.volume import LogicalVolume, read_volumes

BOOT_ID = "/proc/sys/kernel/random/boot_id"
MEMORY, PROCESSORS = ("cat", "/proc/meminfo"), ("nproc", "--all")
LOOKS = (MEMORY, PROCESSORS)  # what the step asks besides


@dataclass(frozen=True)
class Room:
    """What a server has for its environment; None is what is not known.

    Args:
        memory: bytes of the whole server.
        processors: of the whole server.
        disk: bytes that are free for new volumes, and for what existing ones grow by.
        group: the volume group, where it is there.
        volumes: the group's, by name.
    """

    memory: int | None = None
    processors: int | None = None
    disk: int | None = None
    group: Group | None = None
    volumes: Mapping[str, LogicalVolume] = field(default_factory=dict)


def room_step(environment: Environment, connections: Connections, after: Sequence[str]) -> Step:
    """Refuse an environment that does not fit its server, before anything is changed."""

    def plan() -> Plan:
        if environment.server.ssh and is_this_machine(connections.server):
            place: Location = ("server", "ssh", "host")
            message = "this is the machine you are working on: it would be rebooted under the run"
            refuse(environment, [(place, message, "write the server's address")])
        room = read_room(connections.server, environment)
        refuse(environment, does_not_fit(environment, room))
        return nothing(described(environment, room))

    return Step(step_names.ROOM, "prepare_host", "server", plan, tuple(after))


def is_this_machine(server: Connection) -> bool:
    """Whether a server is the machine that asks: only that has booted at the same moment."""
    return server.check("cat", BOOT_ID).strip() == Path(BOOT_ID).read_text().strip()


def read_room(server: Connection, environment: Environment) -> Room:
    """Read what a server has: of the whole machine, not of a dom0 that has a part of it.

    Raises:
        EposVirtError: the volume group, or the device for it, cannot be used.
    """
    memory, processors = read_machine(server)
    storage = environment.storage
    has_lvm = server.run(*GROUPS).status == 0  # it may not be installed yet
    if has_lvm and (group := find_group(server, storage.group)):
        volumes = read_volumes(server, storage.group)
        return Room(memory, processors, group.free, group, volumes)
    if storage.device is None:
        return Room(memory, processors)
    device = str(storage.device)
    if not has_lvm:
        size = read_device(server, device)[0].get("size")
        return Room(memory, processors, int(size) if size else None)
    return Room(memory, processors, check_empty(server, device))


def read_machine(server: Connection) -> tuple[int | None, int | None]:
    """Read a whole server's memory in bytes, and the number of its processors."""
    if server.run(*XEN_IS_THERE).status == 0:
        told = read_xen(server)  # total_memory: 4095
        memory, processors = told.get("total_memory"), told.get("nr_cpus")
        return int(memory) * 2**20 if memory else None, int(processors) if processors else None
    # MemTotal:        3994132 kB
    found = re.search(r"^MemTotal:\s+(\d+) kB$", server.run(*MEMORY).stdout, re.MULTILINE)
    number = server.run(*PROCESSORS).stdout.strip()
    return int(found[1]) * 2**10 if found else None, int(number) if number.isdigit() else None


def does_not_fit(environment: Environment, room: Room) -> list[Finding]:
    """Find what a server has too little for; pure."""
    found = [*_memory(environment, room.memory), *_processors(environment, room.processors)]
    return [*found, *_disk(environment, room)]


def _guests(environment: Environment) -> Iterator[tuple[Location, DomU | Application]]:
    """Give what is a guest of Xen, with its place in the file."""
    for at, domu in enumerate(environment.domus):
        yield ("domus", at), domu
    for at, app in enumerate(environment.applications):
        if app.domu is None:  # what runs in a domU has a part of that one's
            yield ("applications", at), app


def _memory(environment: Environment, most: int | None) -> Iterator[Finding]:
    """Name the guest with which the sum is more than there is: memory is given, not lent."""
    if most is None:
        return
    needed = environment.hypervisor.dom0_memory
    places: list[tuple[Location, int]] = [(("hypervisor", "dom0_memory"), needed)]
    places += [((*place, "memory"), one.memory or 0) for place, one in _guests(environment)]
    total = 0
    for place, size in places:
        total += size
        if total > most:
            message = f"with it {total // 2**20} MiB of memory are given away, "
            message += f"the server has {most // 2**20} MiB"
            yield place, message, "give dom0 or the guests less, or leave some out"
            return


def _processors(environment: Environment, most: int | None) -> Iterator[Finding]:
    if most is None:
        return
    dom0 = environment.hypervisor.dom0_vcpus
    places: list[tuple[Location, int]] = [(("hypervisor", "dom0_vcpus"), dom0)]
    places += [((*place, "vcpus"), one.vcpus or 1) for place, one in _guests(environment)]
    for place, number in places:
        if number > most:
            message = f"{number} virtual processors, the server has {most}"
            yield place, message, f"write at most {most}: more of them make nothing faster"


def _disk(environment: Environment, room: Room) -> Iterator[Finding]:
    """Name the volume with which the sum is more than is free."""
    if room.disk is None:
        return
    total = 0
    for at, volume in enumerate(environment.storage.volumes):
        size = room.group.whole(volume.size) if room.group else volume.size
        there = room.volumes.get(volume.name)
        enough = there and there.size >= volume.size
        total += 0 if enough else size - (there.size if there else 0)
        if total > room.disk:
            place = ("storage", "volumes", at, "size")
            message = f"with it {total / 2**30:.2f} GiB more are needed in "
            message += f"{environment.storage.group}, {room.disk / 2**30:.2f} GiB are free"
            yield place, message, "make volumes smaller, or add a disk: vgextend"
            return


def described(environment: Environment, room: Room) -> str:
    """Tell what is asked for, of what there is."""
    guests = sum(one.memory or 0 for _, one in _guests(environment))
    asked = (environment.hypervisor.dom0_memory + guests) // 2**20
    of = f" of {room.memory // 2**20}" if room.memory else ""
    return f"{asked}{of} MiB of memory for dom0 and guests"
