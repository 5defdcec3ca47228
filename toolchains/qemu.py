"""Starting an image in QEMU, for tests and for people without Xen.

The guest sits behind QEMU's user-mode network; only 127.0.0.1 reaches it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from errors import EposVirtError, WrongInput
from toolchains import toolchain
from toolchains.interface import GuestVolume, Image

_PROGRAM = "qemu-system-x86_64"
# Addresses of QEMU's user-mode network (its documentation, "Using the user mode network stack").
_ADDRESS, _GATEWAY, _RESOLVER = "10.0.2.15", "10.0.2.2", "10.0.2.3"
DEFAULT_MEMORY = 128 * 2**20  # bytes


class GuestFailed(EposVirtError):
    """A guest in QEMU did not start, or ended on its own."""


@dataclass(frozen=True)
class Disk:
    """A file as a block device of the guest."""

    image: Path
    mount_point: str
    read_only: bool = True


def arguments(
    image: Image,
    *,
    port: int,
    memory: int = DEFAULT_MEMORY,
    environment: Mapping[str, str] | None = None,
    disks: Sequence[Disk] = (),
    accelerator: str = "tcg",
) -> list[str]:
    """Give QEMU's argument list.

    Args:
        image: what to boot.
        port: on 127.0.0.1, forwarded to the application's own.
        memory: bytes.
        environment: variables of the application.
        disks: files to attach, in order.
        accelerator: tcg (emulation, works everywhere) or kvm.
    """
    letters = "abcdefgh"[1 if image.root_kind == "block" else 0 :]
    if len(disks) > len(letters):
        raise WrongInput(f"{len(disks)} disks", remedy=f"attach at most {len(letters)}")
    volumes = [
        GuestVolume(
            device=f"/dev/vd{letter}", mount_point=disk.mount_point, read_only=disk.read_only
        )
        for letter, disk in zip(letters, disks, strict=False)
    ]
    line = toolchain(image.toolchain).command_line(
        image,
        address=f"{_ADDRESS}/24",
        gateway=_GATEWAY,
        environment=environment or {},
        volumes=volumes,
        arguments=[],
        nameservers=[_RESOLVER],
        root_device="/dev/vda",
        console="ttyS0",
        watch=True,
    )
    argv = [_PROGRAM, "-accel", accelerator, "-cpu", "max" if accelerator == "tcg" else "host"]
    argv += ["-m", f"{memory // 2**20}M", "-nodefaults", "-display", "none", "-serial", "stdio"]
    argv += ["-no-reboot", "-kernel", str(image.kernel), "-append", line]
    argv += [
        "-netdev",
        f"user,id=n,restrict=on,hostfwd=tcp:127.0.0.1:{port}-{_ADDRESS}:{image.port}",
    ]
    # No option ROM: nothing boots from the card, and loading it takes time.
    argv += ["-device", "virtio-net-pci,netdev=n,romfile="]
    if image.root_kind == "block":
        argv += _drive(image.root, read_only=True)
    else:
        argv += ["-initrd", str(image.root)]
    for disk in disks:
        argv += _drive(disk.image, read_only=disk.read_only)
    return argv


def _drive(file: Path, *, read_only: bool) -> list[str]:
    if "," in str(file):
        raise WrongInput(f"{file} holds a comma", remedy="move it to another path")
    mode = "on" if read_only else "off"
    return ["-drive", f"file={file},format=raw,if=virtio,readonly={mode}"]


@contextmanager
def guest(argv: Sequence[str], console: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a guest while the block runs; its console goes to a file, or to standard output.

    Raises:
        GuestFailed: QEMU is not installed.
    """
    if not shutil.which(_PROGRAM):
        raise GuestFailed(f"{_PROGRAM} is not installed", remedy="apt-get install qemu-system-x86")
    stream = console.open("wb") if console else None
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        if stream:
            stream.close()
