"""The disks of a domU besides its root: logical volumes that its applications use."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_lowercase

from deployments.model import Environment
from tasks.application import described


@dataclass(frozen=True)
class AttachedVolume:
    """A logical volume as a domU has it.

    Args:
        volume: its name in the environment's storage.
        target: what the domU calls it, like xvdkq.
        filesystem: what is on it.
        read_only: whether writes are refused: all that is mounted from it is read only.
    """

    volume: str
    target: str
    filesystem: str
    read_only: bool

    @property
    def device(self) -> str:
        """Its path in the domU."""
        return f"/dev/{self.target}"


def disks_of(environment: Environment, domu: str) -> Mapping[str, AttachedVolume]:
    """Give the logical volumes that applications in a domU use, by name."""
    named = {volume.name for volume in environment.storage.volumes}
    read_only: dict[str, bool] = {}
    for app in environment.applications:
        if app.domu != domu or named.isdisjoint(app.volumes.values()):
            continue
        mounts = described(environment, app).volumes
        for key, volume in app.volumes.items():
            if volume in named:
                only_read = key in mounts and mounts[key].read_only
                read_only[volume] = read_only.get(volume, True) and only_read
    return {
        volume: AttachedVolume(
            volume, target_of(volume), filesystem_of(environment, volume), only_read
        )
        for volume, only_read in read_only.items()
    }


def filesystem_of(environment: Environment, volume: str) -> str:
    """Give the kind of file system on a logical volume that applications use."""
    archive = environment.archive
    return "squashfs" if archive and archive.volume == volume else "ext4"


def target_of(volume: str) -> str:
    """Name a volume's device in a domU, by the volume alone: others that come or go move none.

    Two letters after xvd; the root is xvda, and no domU has so many disks that it matters.
    """
    first, second = hashlib.sha256(volume.encode()).digest()[:2]
    letters = ascii_lowercase
    return f"xvd{letters[first % len(letters)]}{letters[second % len(letters)]}"
