"""Starting an image in QEMU, for tests and for people without Xen.

The guest sits behind QEMU's user-mode network; only 127.0.0.1 reaches it.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from errors import EposVirtError, WrongInput
from toolchains import toolchain
from toolchains.interface import GuestSettings, GuestVolume, Image

_PROGRAM = "qemu-system-x86_64"
# Addresses of QEMU's user-mode network (its documentation, "Using the user mode network stack").
_ADDRESS, _GATEWAY, _RESOLVER = "10.0.2.15", "10.0.2.2", "10.0.2.3"
DEFAULT_MEMORY = 128 * 2**20  # bytes
MEMORY_OF_IMAGES = 256 * 2**20  # bytes: programs of systems that have more
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CTRL_C = b"\x03"  # on the console: PID 1 asks the application to end
_STARTED, _ENDED = b"epos-init: exec", re.compile(rb"epos-init: exit status (\d+)")  # PID 1's words


class GuestFailed(EposVirtError):
    """A guest in QEMU did not start, or ended on its own."""


@dataclass(frozen=True)
class DataDisk:
    """A file as a block device of the guest."""

    image: Path
    mount_point: str
    read_only: bool = True


def arguments(
    image: Image,
    *,
    ports: Mapping[int, int],
    memory: int = DEFAULT_MEMORY,
    environment: Mapping[str, str] | None = None,
    disks: Sequence[DataDisk] = (),
    accelerator: str = "tcg",
) -> list[str]:
    """Give QEMU's argument list.

    Args:
        image: what to boot.
        ports: on 127.0.0.1 to the application's own, which they are forwarded to.
        memory: bytes.
        environment: variables of the application.
        disks: files to attach, in order.
        accelerator: tcg (emulation, works everywhere) or kvm.
    """
    letters = "abcdefgh"[1 if image.root_kind == "block" else 0 :]
    if len(disks) > len(letters):
        raise WrongInput(f"{len(disks)} disks", remedy=f"attach at most {len(letters)}")
    volumes = tuple(
        GuestVolume(
            device=f"/dev/vd{letter}", mount_point=disk.mount_point, read_only=disk.read_only
        )
        for letter, disk in zip(letters, disks, strict=False)
    )
    settings = GuestSettings(
        address=f"{_ADDRESS}/24",
        gateway=_GATEWAY,
        environment=environment or {},
        volumes=volumes,
        nameservers=(_RESOLVER,),
        root_device="/dev/vda",
        console="ttyS0",
        watch=True,
    )
    line = toolchain(image.toolchain).command_line(image, settings)
    argv = [_PROGRAM, "-accel", accelerator, "-cpu", "max" if accelerator == "tcg" else "host"]
    argv += ["-m", f"{memory // 2**20}M", "-nodefaults", "-display", "none", "-serial", "stdio"]
    argv += ["-no-reboot", "-kernel", str(image.kernel), "-append", line]
    forwards = [f"hostfwd=tcp:127.0.0.1:{here}-{_ADDRESS}:{own}" for here, own in ports.items()]
    argv += ["-netdev", ",".join(["user,id=n,restrict=on", *forwards])]
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


def run_to_end(argv: Sequence[str]) -> int | None:
    """Run a guest until it ends, its console on standard output.

    Ctrl-C and SIGTERM ask its application to end, as the image says; where nothing was started
    yet, or when they come again, they end the guest.

    Returns:
        the exit status of its application; 128 plus the signal that ended the guest; None where
        the guest ended without a word of either.

    Raises:
        GuestFailed: QEMU is not installed.
    """
    if not shutil.which(_PROGRAM):
        raise GuestFailed(f"{_PROGRAM} is not installed", remedy="apt-get install qemu-system-x86")
    # A session of its own: Ctrl-C in a terminal reaches this process only. Its end is QEMU's.
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", *argv],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    console = _Console(process)
    before = {number: signal.signal(number, console.asked) for number in _SIGNALS}
    try:
        return console.follow()
    finally:
        for number, heard in before.items():
            signal.signal(number, heard)
        process.kill()
        process.wait()


class _Console:
    """A guest's console: shown, listened to, and what is typed there."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.started = False
        self.ended_by: int | None = None
        self.status: int | None = None

    def asked(self, number: int, _frame: FrameType | None) -> None:
        """Have the application end; the guest, where that was asked before or cannot be."""
        assert self.process.stdin
        if self.started and self.ended_by is None:
            self.process.stdin.write(_CTRL_C)
            self.process.stdin.flush()
        else:
            self.process.kill()
        self.ended_by = 128 + number

    def follow(self) -> int | None:
        """Show all it prints; gives the exit status that it ends with."""
        assert self.process.stdout
        while line := self.process.stdout.readline():
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            self.started = self.started or line.startswith(_STARTED)
            if match := _ENDED.match(line):
                self.status = int(match[1])
        return self.ended_by if self.status is None else self.status
