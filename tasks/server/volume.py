"""The volume group and its logical volumes: table 4.2 of the thesis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Environment, Volume
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names
from tasks.server import group
from tasks.server.group import MARK, REPORT, Group, find_group, report

ENVIRONMENT = "environment"  # noted on a volume: whose it is
VOLUMES = ("lvs", *REPORT, "vg_name,lv_name,lv_size,lv_tags")
LOOKS = (*group.LOOKS, VOLUMES)  # what the steps ask


@dataclass(frozen=True)
class LogicalVolume:
    """A logical volume as lvs tells it; size in bytes."""

    name: str
    size: int
    tags: frozenset[str] = field(default=frozenset())

    @property
    def ours(self) -> bool:
        """Whether it carries our mark."""
        return MARK in self.tags

    def of_another(self, environment: str) -> bool:
        """Whether it was made for another environment; older versions did not note for which."""
        return self.noted(ENVIRONMENT) not in (None, environment)

    def noted(self, key: str) -> str | None:
        """Read what we noted on it under this key, like `epos-virt.root=3f2a…`."""
        prefix = f"{MARK}.{key}="
        return next((tag[len(prefix) :] for tag in self.tags if tag.startswith(prefix)), None)


def volume_step(
    environment: Environment, volume: Volume, connections: Connections, after: Sequence[str]
) -> Step:
    """Make one logical volume, or grow it; never shrink, never touch its content."""
    storage = environment.storage

    def plan() -> Plan:
        server = connections.server
        volumes = read_volumes(server, storage.group)
        have = volumes.get(volume.name)
        command, reason = plan_volume(environment, have, volume)
        if not command:
            return nothing(reason)
        check_space(server, storage.group, volume, have)
        reason += _rounded(find_group(server, storage.group), volume)
        return change(reason, Action(" ".join(command), partial(server.check, *command)))

    name = step_names.volume(storage.group, volume.name)
    return Step(name, "prepare_host", "server", plan, tuple(after))


def _rounded(group: Group | None, want: Volume) -> str:
    """Tell where a group's extents make a volume larger than the environment says."""
    if group is None or group.whole(want.size) == want.size:
        return ""
    whole = group.whole(want.size) / 2**30
    return f"; becomes {whole:.2f} GiB in whole extents of {group.extent // 2**20} MiB"


def plan_volume(
    environment: Environment, have: LogicalVolume | None, want: Volume
) -> tuple[tuple[str, ...], str]:
    """Decide the command that makes the volume as wanted; empty where it already is.

    Raises:
        EposVirtError: it is another environment's, or would have to grow and is not ours.
    """
    group = environment.storage.group
    path, size = f"{group}/{want.name}", f"{want.size}b"
    if have is None:
        tags = ("--addtag", MARK, "--addtag", f"{MARK}.{ENVIRONMENT}={environment.name}")
        command = ("lvcreate", "--yes", "--wipesignatures", "y", *tags, "--size", size)
        return (*command, "--name", want.name, group), f"{path}: is missing"
    refuse_others(environment, have)
    if have.size >= want.size:
        return (), f"{path}: already {have.size / 2**30:.2f} GiB"
    if not have.ours:
        raise EposVirtError(
            f"logical volume {path} is too small and was not made by epos-virt",
            seen=f"is {have.size / 2**30:.2f} GiB, should be {want.size / 2**30:.2f} GiB",
            remedy=f"grow it yourself (lvextend --size {size} {path}), or name another volume",
        )
    return ("lvextend", "--size", size, path), f"{path}: is {have.size / 2**30:.2f} GiB"


def read_volumes(server: Connection, group: str) -> dict[str, LogicalVolume]:
    """Read the logical volumes of a group by name; empty where there is no such group."""
    rows = report(server, VOLUMES)
    return {
        row["lv_name"]: LogicalVolume(
            row["lv_name"],
            int(row["lv_size"].rstrip("B")),
            frozenset(filter(None, row["lv_tags"].split(","))),
        )
        for row in rows
        if row["vg_name"] == group
    }


def check_space(server: Connection, name: str, want: Volume, have: LogicalVolume | None) -> None:
    """Refuse before anything is made when the group is too full.

    Raises:
        EposVirtError: tells how much is needed and free.
    """
    found = find_group(server, name)
    free = found.free if found else 0
    needed = (found.whole(want.size) if found else want.size) - (have.size if have else 0)
    if free < needed:
        raise EposVirtError(
            f"volume group {name} is too full for {want.name}",
            seen=f"needs {needed / 2**30:.2f} GiB, free are {free / 2**30:.2f} GiB",
            remedy="make volumes smaller in the environment, or add a disk: vgextend",
        )


def note(server: Connection, group: str, volume: LogicalVolume, key: str, value: str) -> None:
    """Note something on a volume, replacing what was noted under the same key."""
    old = volume.noted(key)
    if (old or "") == value:
        return  # an lvchange that changes nothing ends with status 3
    drop = ("--deltag", f"{MARK}.{key}={old}") if old is not None else ()
    add = ("--addtag", f"{MARK}.{key}={value}") if value else ()
    server.check("lvchange", *drop, *add, f"{group}/{volume.name}")


def require_ours(server: Connection, environment: Environment, name: str) -> LogicalVolume:
    """Give a volume that carries our mark, and no other environment's.

    Raises:
        EposVirtError: it is missing, or somebody else's: never written to.
    """
    group = environment.storage.group
    have = read_volumes(server, group).get(name)
    if have is None:
        raise EposVirtError(
            f"logical volume {group}/{name} is missing",
            remedy="python -m flows.prepare_host makes it",
        )
    if not have.ours:
        raise EposVirtError(
            f"logical volume {group}/{name} was not made by epos-virt",
            seen="what does not carry our tag is never written to",
            remedy=f"lvchange --addtag {MARK} {group}/{name} gives it to epos-virt "
            "(its content may be lost); or name another volume",
        )
    refuse_others(environment, have)
    return have


def refuse_others(environment: Environment, volume: LogicalVolume) -> None:
    """Refuse a volume that was made for another environment.

    Raises:
        EposVirtError: it was.
    """
    if volume.of_another(environment.name):
        raise EposVirtError(
            f"logical volume {environment.storage.group}/{volume.name} is another environment's",
            seen=f"made for {volume.noted(ENVIRONMENT)}, this is {environment.name}",
            remedy="name another volume; what another environment made is never written to",
        )


def remove_volume(server: Connection, group: str, name: str) -> None:
    """Remove a logical volume, selected by our tag as well as by its name."""
    chosen = f"vg_name={group} && lv_name={name} && lv_tags={{{MARK}}}"
    server.check("lvremove", "--yes", "--select", chosen, group)
