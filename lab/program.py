"""Programs of the machine outside, and what to install where one is missing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from errors import EposVirtError
from lab import priority
from runs import child

_PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "qemu-img": "qemu-utils",
    "mmdebstrap": "mmdebstrap",
    "grub-mkrescue": "grub-common",
    "xorriso": "xorriso",
    "mformat": "mtools",
    "mke2fs": "e2fsprogs",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
}
# grub-mkrescue makes an unbootable disc, and says so nowhere, where this is missing.
_GRUB_PC = Path("/usr/lib/grub/i386-pc")


class ProgramMissing(EposVirtError):
    """A program of the machine outside is not installed."""


def require(*programs: str) -> None:
    """Raise ProgramMissing, with the packages to install, unless all `programs` are there."""
    missing = {name: _PACKAGES[name] for name in programs if not _find(name)}
    if "grub-mkrescue" in programs and not _GRUB_PC.is_dir():
        missing[str(_GRUB_PC)] = "grub-pc-bin"
    if missing:
        packages = " ".join(sorted(set(missing.values())))
        raise ProgramMissing(
            f"the lab needs {', '.join(missing)}",
            seen="not installed on this machine",
            remedy=f"script/bootstrap, or apt-get install {packages}",
        )


def require_root(why: str) -> None:
    """Raise an error that says why, unless this process runs as root."""
    if os.geteuid() != 0:
        raise EposVirtError(
            f"{why} needs root",
            seen=f"user id {os.geteuid()}",
            remedy="run the same command as root; only the build needs it",
        )


def run(
    *arguments: str | Path, within: float = 120, folder: Path | None = None, first: bool = False
) -> str:
    """Run a program to its end and return its standard output.

    Args:
        arguments: the program and its arguments.
        within: seconds it may take on a plain machine (runs/patience.py).
        folder: its working folder.
        first: let it go before other work of this machine.

    Raises:
        runs.child.ProgramFailed: with the exit status and the last lines of its messages.
    """
    name = str(arguments[0])
    found = _find(name)
    if found is None:
        require(name)
    return child.run(
        *(found or name, *arguments[1:]),
        folder=folder,
        within=within,
        before=priority.go_first if first else None,
    )


def _find(name: str) -> str | None:
    """Return the path of a program; mke2fs is outside an ordinary user's PATH."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def require_space(folder: Path, gib: int) -> None:
    """Raise an error unless the file system of `folder` has `gib` GiB left."""
    free = shutil.disk_usage(folder).free
    if free < gib << 30:
        raise EposVirtError(
            f"the lab needs {gib} GiB in {folder}",
            seen=f"{free / (1 << 30):.1f} GiB are free",
            remedy="make room, or set EPOS_VIRT_STATE to a folder on a larger disk",
        )
