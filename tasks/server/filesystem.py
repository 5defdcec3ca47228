"""File systems on the logical volumes that applications write to; never over what is there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from blocks.connections import Connections
from deployments.model import Environment
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names
from tasks.application import described
from tasks.server.volume import note, read_volumes, require_ours

FILESYSTEM = "filesystem"  # noted on a volume: what we made on it
KIND = "ext4"


def written_volumes(environment: Environment) -> list[str]:
    """Give the logical volumes of storage that applications write to, in the file's order."""
    written = set()
    for app in environment.applications:
        mounts = described(environment, app).volumes if app.volumes else {}
        written |= {
            volume
            for key, volume in app.volumes.items()
            if key in mounts and not mounts[key].read_only
        }
    archive = environment.archive.volume if environment.archive else None
    return [v.name for v in environment.storage.volumes if v.name in written and v.name != archive]


def filesystem_step(
    environment: Environment, name: str, connections: Connections, after: Sequence[str]
) -> Step:
    """Make a file system on a logical volume that is empty."""
    group = environment.storage.group
    device = f"/dev/{group}/{name}"

    def plan() -> Plan:
        server = connections.server
        volume = read_volumes(server, group).get(name)
        if volume and volume.noted(FILESYSTEM):
            return nothing(f"{group}/{name}: has its file system")
        make = Action(
            f"mkfs.{KIND} {device}", partial(make_filesystem, environment, connections, name)
        )
        return change(f"{group}/{name}: has no file system of ours yet", make)

    step = step_names.filesystem(group, name)
    return Step(step, "prepare_host", "server", plan, tuple(after))


def make_filesystem(environment: Environment, connections: Connections, name: str) -> None:
    """Make it, without lost+found: an engine fills a volume from an image only where it is empty.

    Raises:
        EposVirtError: the volume is not ours, or holds something else.
    """
    server, group = connections.server, environment.storage.group
    volume = require_ours(server, environment, name)
    device = f"/dev/{group}/{name}"
    probe = ("blkid", "-p", "-o", "value", "-s", "TYPE", device)
    found = server.run(*probe, accept={0, 2}).stdout.strip()
    if found not in ("", KIND):
        raise EposVirtError(
            f"{device} holds a file system that applications cannot use",
            seen=f"{found}; wanted: {KIND}",
            remedy=f"name another volume; or if it is not needed: wipefs --all {device}",
        )
    if not found:
        server.check("mkfs.ext4", "-q", device, timeout=600)
        server.check("debugfs", "-w", "-R", "rmdir lost+found", device)
    note(server, group, volume, FILESYSTEM, KIND)
