"""The volume group and its logical volumes: table 4.2 of the thesis."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Environment, Storage, Volume
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names

MARK = "epos-virt"  # the LVM tag of what is ours; only that is ever written or removed
ENVIRONMENT = "environment"  # noted on a volume: whose it is
REPORT = ("--reportformat", "json", "--units", "b", "-o")  # vgs rounds to "10.00g" by default
GROUPS = ("vgs", *REPORT, "vg_name,vg_free")
VOLUMES = ("lvs", *REPORT, "vg_name,lv_name,lv_size,lv_tags")
LOOKS = (GROUPS, VOLUMES)  # what the steps ask
EXTENT = 4 * 2**20  # bytes: LVM's default, sizes are rounded up to it


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


def group_step(storage: Storage, connections: Connections, after: Sequence[str]) -> Step:
    """Make the volume group on its device, where the server has none of that name."""
    name = storage.group

    def plan() -> Plan:
        server = connections.server
        if read_groups(server).get(name) is not None:
            return nothing(f"volume group {name} is there")
        if storage.device is None:
            raise EposVirtError(
                f"{server.name} has no volume group {name}",
                seen="and `storage.device` names no disk to make it on",
                remedy="name an empty disk or partition as `storage.device`",
            )
        check_empty(server, str(storage.device))
        return change(
            f"no volume group {name}",
            Action(
                f"vgcreate {name} {storage.device}",
                lambda: make_group(server, name, str(storage.device)),
            ),
        )

    return Step(step_names.volume_group(name), "prepare_host", "server", plan, tuple(after))


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
        return change(reason, Action(" ".join(command), partial(server.check, *command)))

    name = step_names.volume(storage.group, volume.name)
    return Step(name, "prepare_host", "server", plan, tuple(after))


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


def read_groups(server: Connection) -> dict[str, int]:
    """Read the volume groups and their free bytes."""
    rows = _report(server, GROUPS)
    return {row["vg_name"]: int(row["vg_free"].rstrip("B")) for row in rows}


def read_volumes(server: Connection, group: str) -> dict[str, LogicalVolume]:
    """Read the logical volumes of a group by name; empty where there is no such group."""
    rows = _report(server, VOLUMES)
    return {
        row["lv_name"]: LogicalVolume(
            row["lv_name"],
            int(row["lv_size"].rstrip("B")),
            frozenset(filter(None, row["lv_tags"].split(","))),
        )
        for row in rows
        if row["vg_name"] == group
    }


def _report(server: Connection, command: tuple[str, ...]) -> list[dict[str, str]]:
    key = {"vgs": "vg", "lvs": "lv"}[command[0]]
    rows: list[dict[str, str]] = json.loads(server.check(*command))["report"][0][key]
    return rows


def check_empty(server: Connection, device: str) -> None:
    """Refuse a device that holds anything.

    Raises:
        EposVirtError: it is missing, mounted, partitioned or has a signature.
    """
    shown = server.run("lsblk", "--json", "-o", "PATH,FSTYPE,PTTYPE,MOUNTPOINTS,TYPE", device)
    if shown.status:
        raise EposVirtError(
            f"{server.name} has no device {device}",
            seen=shown.stderr.strip(),
            remedy="write the right one as `storage.device`; lsblk on the server lists them",
        )
    (found,) = json.loads(shown.stdout)["blockdevices"]
    used = found.get("fstype") or found.get("pttype") or found.get("children")
    if used and found.get("fstype") != "LVM2_member":
        raise EposVirtError(
            f"{device} on {server.name} is not empty: it will not be made a physical volume",
            seen=json.dumps(found),
            remedy=f"name another device, or if nothing on it is needed: wipefs --all {device}",
        )


def make_group(server: Connection, name: str, device: str) -> None:
    """Make the physical volume and the group; a run killed between the two is finished."""
    server.check("pvcreate", "--yes", device)
    server.check("vgcreate", "--addtag", MARK, name, device)


def check_space(server: Connection, group: str, want: Volume, have: LogicalVolume | None) -> None:
    """Refuse before anything is made when the group is too full.

    Raises:
        EposVirtError: tells how much is needed and free.
    """
    needed = want.size - (have.size if have else 0)
    free = read_groups(server).get(group, 0)
    if free < needed:
        raise EposVirtError(
            f"volume group {group} is too full for {want.name}",
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
