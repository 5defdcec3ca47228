"""The QEMU process of a machine: started detached, found again, ended; never another's."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from errors import EposVirtError
from lab import priority, program, qemu
from lab.folders import MachineFolder
from runs.wait import wait_until

_START_LIMIT = 120  # s; -loadvm reads 4 GiB of memory before QEMU detaches


class MachineDied(EposVirtError):
    """QEMU ended while something was expected of it."""


def start(machine: qemu.Machine) -> int:
    """Start QEMU detached and return its process id; the last console log is kept as .1."""
    folder = machine.folder
    if folder.console.exists():
        folder.console.replace(folder.console.with_name(folder.console.name + ".1"))
    program.run(*qemu.command_line(machine), within=_START_LIMIT, folder=folder.path)
    pid = running_pid(folder)
    if pid is None:
        raise died(folder, "at its start")
    priority.put_first(pid)
    return pid


def running_pid(folder: MachineFolder) -> int | None:
    """Return the process id of this folder's QEMU, None where it does not run."""
    with _own_process(folder) as process:
        return process[0] if process else None


def wait_for_end(folder: MachineFolder, *, within: float) -> bool:
    """Wait until this folder's QEMU has ended; False where it still runs after `within` s."""
    try:
        return wait_until(
            lambda: running_pid(folder) is None,
            what="the end of QEMU",
            within=within,
            remedy="python -m lab down --hard",
        )
    except EposVirtError:
        return False


def kill(folder: MachineFolder) -> bool:
    """Take the power away from this folder's QEMU; return whether it ran."""
    with _own_process(folder) as process:
        if not process:
            return False
        pid, descriptor = process
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    wait_until(
        lambda: running_pid(folder) is None,
        what=f"the end of QEMU, process {pid}",
        within=30,
        remedy=f"see /proc/{pid}/status: a process in state D waits for a disk",
    )
    return True


def died(folder: MachineFolder, when: str) -> MachineDied:
    """Return the error for a machine whose QEMU ended unexpectedly."""
    return MachineDied(
        f"QEMU of {folder.path.name} ended {when}",
        seen=console_end(folder) or "nothing on the console",
        remedy=f"read {folder.console}; python -m lab up starts it again",
    )


def console_end(folder: MachineFolder, lines: int = 8) -> str:
    """Return the last lines of the console."""
    try:
        text = folder.console.read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(line.rstrip() for line in text.splitlines()[-lines:])


@contextlib.contextmanager
def _own_process(folder: MachineFolder) -> Iterator[tuple[int, int] | None]:
    """Give the process id and a descriptor of this folder's QEMU, None where there is none.

    The descriptor keeps meaning the same process, even where its id is given to another.
    """
    try:
        pid = int(folder.pid_file.read_text())
        descriptor = os.pidfd_open(pid)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        yield None
        return
    try:
        yield (pid, descriptor) if _is_qemu_of(pid, folder) else None
    finally:
        os.close(descriptor)


def _is_qemu_of(pid: int, folder: MachineFolder) -> bool:
    """Tell whether a process is a QEMU that was started with this folder's pid file."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    # An ended process whose parent has not asked for it has no arguments left.
    return qemu.PROGRAM.encode() in arguments[0] and bytes(folder.pid_file) in arguments
