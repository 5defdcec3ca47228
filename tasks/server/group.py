"""The volume group, and the device that it may be made on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Storage
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names

MARK = "epos-virt"  # the LVM tag of what is ours; only that is ever written or removed
REPORT = ("--reportformat", "json", "--units", "b", "-o")  # vgs rounds to "10.00g" by default
GROUPS = ("vgs", *REPORT, "vg_name,vg_uuid,vg_free,vg_extent_size,vg_exported,vg_missing_pv_count")
# Without NAME among its columns lsblk gives a list, and not what lies on what.
DEVICES = ("lsblk", "--json", "--bytes", "-o", "NAME,PATH,SIZE,FSTYPE,PTTYPE,MOUNTPOINTS,TYPE,RO")
LOOKS = (GROUPS,)  # what the step asks


@dataclass(frozen=True)
class Group:
    """A volume group as vgs tells it; sizes in bytes."""

    name: str
    uuid: str
    free: int
    extent: int
    exported: bool = False
    missing: int = 0  # physical volumes

    def whole(self, size: int) -> int:
        """Round a size up to whole extents, as LVM does."""
        return -(-size // self.extent) * self.extent


def group_step(storage: Storage, connections: Connections, after: Sequence[str]) -> Step:
    """Make the volume group on its device, where the server has none of that name."""
    name = storage.group

    def plan() -> Plan:
        server = connections.server
        if find_group(server, name) is not None:
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


def read_groups(server: Connection) -> list[Group]:
    """Read the volume groups; two may have one name."""
    return [
        Group(
            row["vg_name"],
            row["vg_uuid"],
            int(row["vg_free"].rstrip("B")),
            int(row["vg_extent_size"].rstrip("B")),
            row["vg_exported"] not in ("", "0"),
            int(row["vg_missing_pv_count"]),
        )
        for row in report(server, GROUPS)
    ]


def find_group(server: Connection, name: str) -> Group | None:
    """Give the volume group of this name; None where the server has none.

    Raises:
        EposVirtError: there are two, or it is not whole, or not this system's.
    """
    found = [group for group in read_groups(server) if group.name == name]
    if len(found) > 1:
        raise EposVirtError(
            f"{server.name} has {len(found)} volume groups named {name}",
            seen=", ".join(f"{group.uuid}, {group.free / 2**30:.2f} GiB free" for group in found),
            remedy=f"rename all but one: vgrename UUID OTHER; or name another group than {name}",
        )
    for group in found:
        if group.exported or group.missing:
            what = "is exported" if group.exported else f"lacks {group.missing} physical volumes"
            raise EposVirtError(
                f"volume group {name} of {server.name} {what}",
                seen=f"vgs shows it so; its UUID is {group.uuid}",
                remedy=f"vgimport {name}"
                if group.exported
                else "bring its disks back, or name another group; pvs shows which are missing",
            )
    return found[0] if found else None


def report(server: Connection, command: tuple[str, ...]) -> list[dict[str, str]]:
    """Give the rows of a report of LVM's."""
    key = {"vgs": "vg", "lvs": "lv", "pvs": "pv"}[command[0]]
    rows: list[dict[str, str]] = json.loads(server.check(*command))["report"][0][key]
    return rows


def read_device(server: Connection, device: str) -> list[dict[str, Any]]:
    """Read a device and all that lies on it, itself first.

    Raises:
        EposVirtError: it is not there.
    """
    shown = server.run(*DEVICES, device)
    if shown.status:
        raise EposVirtError(
            f"{server.name} has no device {device}",
            seen=shown.stderr.strip(),
            remedy="write the right one as `storage.device`; lsblk on the server lists them",
        )
    return list(_flat(json.loads(shown.stdout)["blockdevices"]))


def _flat(devices: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for device in devices:
        yield {key: value for key, value in device.items() if key != "children"}
        yield from _flat(device.get("children", []))


def check_empty(server: Connection, device: str) -> int:
    """Refuse a device that holds anything; gives its size in bytes.

    Raises:
        EposVirtError: it is missing, mounted, partitioned, has a signature or belongs to a group.
    """
    found, *upon = read_device(server, device)
    if upon or _holds(found):
        raise EposVirtError(
            f"{device} on {server.name} is not empty: it will not be made a physical volume",
            seen="\n".join(map(_described, (found, *upon))),
            remedy=f"name another device, or if nothing on it is needed: wipefs --all {device}",
        )
    if found.get("fstype") == "LVM2_member":
        of = [row["vg_name"] for row in report(server, ("pvs", *REPORT, "vg_name", device))]
        if any(of):
            raise EposVirtError(
                f"{device} on {server.name} belongs to the volume group {of[0]} already",
                seen=f"pvs {device} shows it",
                remedy=f"write `group: {of[0]}` to use that one, or name another device",
            )
    return int(found.get("size") or 0)


def _holds(device: Mapping[str, Any]) -> bool:
    """Whether a device could not become a physical volume, and is none.

    What a guest of somebody's writes to may have no signature: a logical volume is never empty.
    """
    kind = device.get("fstype") or device.get("pttype")
    never = device.get("type") in ("lvm", "rom") or str(device.get("ro")) in ("1", "True")
    return never or bool(kind and kind != "LVM2_member") or any(device.get("mountpoints") or [])


def _described(device: Mapping[str, Any]) -> str:
    """Tell what a device holds: `/dev/vdb1 (part, 1.00 GiB): ext4, in use at /srv`."""
    partitions = device.get("pttype") and f"partitions ({device['pttype']})"
    size = f", {int(device['size']) / 2**30:.2f} GiB" if device.get("size") else ""
    where = ", ".join(place for place in device.get("mountpoints") or [] if place)
    holds = device.get("fstype") or partitions or "no signature"
    return (
        f"{device['path']} ({device['type']}{size}): {holds}{f', in use at {where}' * bool(where)}"
    )


def make_group(server: Connection, name: str, device: str) -> None:
    """Make the physical volume and the group; a run killed between the two is finished."""
    server.check("pvcreate", "--yes", device)
    server.check("vgcreate", "--addtag", MARK, name, device)
