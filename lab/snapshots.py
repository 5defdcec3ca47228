"""Snapshots of a lab, kept inside its qcow2 disks."""

from __future__ import annotations

import json

from lab import program
from lab.folders import MachineFolder
from lab.qmp import Qmp

_DISKS = ("root", "data")
_MEMORY_ON = "root"


def read(folder: MachineFolder) -> list[str]:
    """Return the names of the lab's snapshots, oldest first; the disks are the witness."""
    if not folder.root_disk.exists():
        return []
    # --force-share: QEMU holds the disk's lock while the lab runs.
    command = ("qemu-img", "info", "--force-share", "--output=json", folder.root_disk)
    return parse(program.run(*command))


def parse(info: str) -> list[str]:
    """Return the names in `qemu-img info --output=json`, whole snapshots only.

    A snapshot without memory was not taken by `save`, or was interrupted.
    """
    found = json.loads(info).get("snapshots", [])
    ordered = sorted(found, key=lambda each: (each["date-sec"], each["date-nsec"]))
    return [each["name"] for each in ordered if each["vm-state-size"] > 0]


def save(monitor: Qmp, name: str) -> None:
    """Save memory and disks; the machine stands still meanwhile and then goes on."""
    monitor.run_job("snapshot-save", tag=name, vmstate=_MEMORY_ON, devices=list(_DISKS))


def delete(monitor: Qmp, name: str) -> None:
    """Delete a snapshot from all disks of a running lab."""
    monitor.run_job("snapshot-delete", tag=name, devices=list(_DISKS))


def delete_offline(folder: MachineFolder, name: str) -> None:
    """Delete a snapshot from all disks of a lab that is down."""
    for disk in (folder.data_disk, folder.root_disk):  # the one with the memory last
        program.run("qemu-img", "snapshot", "-d", name, disk)
