"""The images a new domU's engine has from the start, put into its root before that is written.

This machine unpacks an image in a second; an emulated engine takes a minute, and as long again to
be sent it. An engine that runs already gets its images as tasks/container/image_transfer.py says.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from errors import EposVirtError
from runs.telling import tell
from tasks.container.engine import THIS_MACHINE, asking

if TYPE_CHECKING:
    import docker

DATA = "var/lib/docker"
KEPT = {"image", "overlay2"}  # what an engine keeps of images; the rest it makes itself
DRIVER = "overlay2"  # the domU's engine takes this one, on ext4
DAEMONS = ("usr/sbin/dockerd", "usr/bin/dockerd")
BLOCK = 2**20  # bytes handed over at a time


def seed_images(root: Path, near: docker.DockerClient, tags: Sequence[str]) -> None:
    """Put images of this machine's engine into a root folder, as its engine would have them.

    Where that cannot be done the domU starts without, and the images are sent later.

    Args:
        root: the root folder, which is not running.
        near: the engine that has them.
        tags: the images, as `repository:key`.
    """
    if not tags or not any((root / daemon).exists() for daemon in DAEMONS):
        return
    from blocks.engine import own_engine

    data = root / DATA
    try:
        with (
            tempfile.TemporaryDirectory(prefix="epos-virt-") as scratch,
            own_engine(Path(scratch), data, apart=True) as engine,
        ):
            _load(near, engine(), tags)
    except EposVirtError as error:
        shutil.rmtree(data, ignore_errors=True)
        tell(f"images are sent later: {error.what} ({error.seen})")
        return
    for leftover in data.iterdir():
        if leftover.name not in KEPT:
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    tell(f"with {len(tags)} images in its engine")


def _load(near: docker.DockerClient, engine: docker.DockerClient, tags: Sequence[str]) -> None:
    with asking(THIS_MACHINE, "put images into a root file system"):
        driver = engine.info()["Driver"]
        if driver != DRIVER:
            raise EposVirtError(
                "this machine's file system cannot hold an engine's layers",
                seen=f"storage driver {driver}",
                remedy=f"EPOS_VIRT_STATE on ext4 or xfs gives {DRIVER}",
            )
        for tag in tags:
            engine.images.load(near.api.get_image(tag, chunk_size=BLOCK))
            engine.images.get(tag)
