"""The RINEX archive: a folder made into a read-only file system on a logical volume."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from blocks.connections import Connections
from deployments.model import Environment
from errors import EposVirtError
from runs.child import run
from runs.held import alone
from runs.looking import about_to_make
from runs.step import Action, Plan, Step, change, nothing
from runs.telling import tell
from state import made_beside, state_folder, state_place
from tasks import step_names
from tasks.content import folder_key, key_of
from tasks.last_proof import forget_proof
from tasks.server.volume import note, read_volumes, require_ours

RECIPE = 2  # raise it when the way the image is made changes
GENERATOR = Path(__file__).parent.parent / "apps" / "rinex-sample" / "generate.py"


def archive_folder(environment: Environment) -> Path:
    """Give the folder of the environment's archive; where there is none, a generated sample."""
    assert environment.archive is not None
    folder = (environment.folder / environment.archive.folder).resolve()
    if folder.is_dir():
        return folder
    sample = state_place("archives") / f"sample-{folder_key(GENERATOR.parent)}"
    if not sample.is_dir():
        about_to_make("the sample archive")
        state_folder("archives")
        lock = sample.with_name(f".{sample.name}.lock")
        with alone(lock, "makes the same sample archive"):
            if not sample.is_dir():
                with made_beside(sample, alone=True) as made:
                    run(sys.executable, GENERATOR, made, what="the sample archive was not made")
    return sample


def absent(environment: Environment) -> str:
    """Say that generated files stand for an archive that is not there; empty where it is."""
    assert environment.archive is not None
    folder = environment.folder / environment.archive.folder
    return "" if folder.is_dir() else f" (generated: there is no {os.path.normpath(folder)})"


def archive_step(environment: Environment, connections: Connections, after: Sequence[str]) -> Step:
    """Carry the archive to its logical volume, when its files differ from what is there."""
    assert environment.archive is not None
    group, name = environment.storage.group, environment.archive.volume

    def plan() -> Plan:
        folder = archive_folder(environment)
        key = archive_key(folder)
        which = f"{folder}{absent(environment)}"
        have = read_volumes(connections.server, group).get(name)
        if have and have.noted("content") == key:
            return nothing(f"{group}/{name}: already holds {which}")
        return change(
            f"{group}/{name}: does not hold the files of {which}",
            Action("take the proof back", partial(forget_proof, environment)),
            Action(
                f"write {folder} to /dev/{group}/{name}",
                partial(write_archive, environment, connections, name, folder, key),
            ),
        )

    return Step(step_names.archive(group, name), "run_unikernels", "server", plan, tuple(after))


def archive_key(folder: Path) -> str:
    """Hash names, bytes and times of all files: the times are what creation_date says of them."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    times = [(str(path.relative_to(folder)), int(path.stat().st_mtime)) for path in files]
    return key_of(RECIPE, folder_key(folder, leave_out=()), times)


def write_archive(
    environment: Environment, connections: Connections, name: str, folder: Path, key: str
) -> None:
    """Make the image here, write it there, note its key last: a killed write is done again."""
    server, group = connections.server, environment.storage.group
    volume = require_ours(server, environment, name)
    note(server, group, volume, "content", "")
    with tempfile.TemporaryDirectory() as scratch:
        image = Path(scratch) / "archive.squashfs"
        make_image(folder, image)
        if image.stat().st_size > volume.size:
            raise EposVirtError(
                f"the archive does not fit its volume {group}/{name}",
                seen=f"{image.stat().st_size / 2**20:.0f} MiB, the volume has "
                f"{volume.size / 2**20:.0f} MiB",
                remedy=f"raise the size of `{name}` in `storage.volumes`",
            )
        tell(f"{image.stat().st_size / 1e6:.1f} MB to /dev/{group}/{name}")
        with image.open("rb") as file:
            server.check(
                *("dd", f"of=/dev/{group}/{name}", "bs=1M", "iflag=fullblock", "conv=fsync"),
                stdin=file,
                timeout=600,
            )
    note(server, group, require_ours(server, environment, name), "content", key)


def make_image(folder: Path, image: Path) -> None:
    """Make a squashfs of a folder; the same files with the same times give the same bytes.

    Raises:
        EposVirtError: mksquashfs is missing or failed.
    """
    command: list[str | Path] = ["mksquashfs", folder, image, "-all-root", "-mkfs-time", "0"]
    command += ["-no-xattrs", "-noappend", "-quiet", "-no-progress"]
    # RINEX archives are compressed already or asked for rarely: fast to read matters more.
    command += ["-comp", "zstd", "-Xcompression-level", "3"]
    run(*command, what="the archive's image was not made")
