"""SSH into the lab's server with the openssh client, its host key pinned."""

from __future__ import annotations

import shlex
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from errors import EposVirtError
from lab import process, program, qemu, recipe
from lab.folders import MachineFolder
from runs.patience import stretched
from runs.wait import wait_until

_BANNER_LIMIT = 5.0  # s; QEMU accepts the connection itself, only the banner is the server's


class SshFailed(EposVirtError):
    """The server gave no answer, or a command in it failed."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """How to log in to one lab."""

    folder: MachineFolder
    port: int
    key: Path


def command_line(login: Login, words: Sequence[str] = (), *, batch: bool = False) -> list[str]:
    """Return the openssh command; one word is a shell line, several are kept as arguments."""
    command = [
        *("ssh", "-F", "none", "-i", str(login.key), "-p", str(login.port)),
        *("-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"),
        *("-o", "StrictHostKeyChecking=yes", "-o", "GlobalKnownHostsFile=none"),
        *("-o", f'UserKnownHostsFile="{login.folder.known_hosts}"'),
        *("-o", "ConnectTimeout=20", "-o", "ServerAliveInterval=15", "-o", "LogLevel=ERROR"),
        *(("-o", "BatchMode=yes") if batch else ()),
        f"{recipe.USER}@{qemu.HOST}",
    ]
    if words:
        command += ["--", words[0] if len(words) == 1 else shlex.join(words)]
    return command


def run(login: Login, line: str, *, within: float = 120) -> str:
    """Run a shell line in the server and return its output.

    Raises:
        SshFailed: transient where the connection failed, not where the command did.
    """
    program.require("ssh")
    try:  # not runs.child: openssh's status says whether the connection failed or the command
        result = subprocess.run(
            command_line(login, [line], batch=True),
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=stretched(within),
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise SshFailed(
            f"{line!r} did not end within {stretched(within):.0f} s in the lab",
            remedy="python -m lab console shows what the server is doing",
            transient=True,
        ) from late
    if result.returncode != 0:
        raise SshFailed(
            f"{line!r} failed in the lab with exit status {result.returncode}",
            seen="\n".join((result.stdout + result.stderr).splitlines()[-12:]),
            remedy="python -m lab ssh logs in; python -m lab console shows the server's messages",
            transient=result.returncode == 255,  # openssh's own, for a connection that failed
        )
    return result.stdout


def answers(port: int, *, within: float = _BANNER_LIMIT) -> bool:
    """Tell whether an SSH server greets on a port of loopback."""
    try:
        with socket.create_connection((qemu.HOST, port), timeout=stretched(within)) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def wait_for(login: Login, *, within: float, first: str) -> None:
    """Wait until the server runs a command over SSH.

    Args:
        login: which lab.
        within: seconds until the wait is given up.
        first: the shell line that it shall run.

    Raises:
        MachineDied: where QEMU ends meanwhile.
        StillWaiting: with the end of the console.
    """
    folder = login.folder

    def ask() -> bool:
        if process.running_pid(folder) is None:
            raise process.died(folder, "before its SSH answered")
        if not answers(login.port):
            raise SshFailed(
                f"no greeting; the console ends with:\n{process.console_end(folder)}",
                remedy="wait",
                transient=True,
            )
        run(login, first)
        return True

    wait_until(
        ask,
        what=f"SSH of {folder.path.name}",
        within=within,
        progress=lambda: folder.console.stat().st_size,
        remedy=f"python -m lab console --name {folder.path.name} shows where it stopped",
    )


def set_clock(login: Login) -> None:
    """Set the server's clock to this machine's, once its shell stands ready to take the time.

    Logging in takes a second under emulation, by which the clock would be late.
    """
    line = "echo ready && read -r now && date -u -s @$now"
    with subprocess.Popen(
        command_line(login, [line], batch=True),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as shell:
        if shell.stdin is None or shell.stdout is None:
            raise TypeError("Popen gives no pipes")
        ready = shell.stdout.readline()
        try:
            shell.communicate(f"{time.time():.3f}\n" if ready else None, timeout=stretched(60))
        except subprocess.TimeoutExpired:
            shell.kill()
    if shell.returncode != 0:
        raise SshFailed(
            "the lab's clock could not be set",
            seen=f"exit status {shell.returncode}",
            remedy="python -m lab ssh logs in; date shows its time",
            transient=True,
        )
