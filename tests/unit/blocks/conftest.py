"""A real SSH server on loopback: Debian's sshd, with keys and configuration of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from blocks.connection import Connection, SshTarget
from tests import needs


@dataclass
class SshServer:
    """A running sshd and what a client needs to know of it."""

    process: subprocess.Popen[bytes]
    port: int
    key: Path
    known_hosts: Path

    def target(self, **other: Path) -> SshTarget:
        files = {"key": self.key, "known_hosts": self.known_hosts} | other
        user = getpass.getuser()
        return SshTarget("server", "127.0.0.1", self.port, user, files["key"], files["known_hosts"])

    def freeze(self) -> None:
        """Stop everything it runs, as a machine that hangs."""
        self._signal(signal.SIGSTOP)

    def kill(self) -> None:
        """End it and every connection, as a machine that lost its power."""
        self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: int) -> None:
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            with contextlib.suppress(ProcessLookupError):  # a connection that has just ended
                os.kill(pid, number)


def descendants(pid: int) -> list[int]:
    """Process ids below `pid`: each connection has one, in a session of its own."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return []
    return [found for child in map(int, listed) for found in (child, *descendants(child))]


def make_key(file: Path) -> str:
    """Make an SSH key; gives its public half as a known-hosts file writes it."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)]
    subprocess.run(command, check=True)
    return " ".join(file.with_suffix(".pub").read_text().split()[:2])


def start(folder: Path, *more: str) -> SshServer:
    """Start one with its files in a folder; `more` are further settings of sshd's."""
    sshd = needs.program("sshd", package="openssh-server")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # as its service makes it
    host_key, key, known = folder / "host_key", folder / "key", folder / "known_hosts"
    public = make_key(host_key)
    (folder / "authorized").write_text(make_key(key) + "\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    known.write_text(f"[127.0.0.1]:{port} {public}\n")
    settings = [
        f"AuthorizedKeysFile={folder}/authorized",
        f"HostKey={host_key}",
        f"Port={port}",
        "ListenAddress=127.0.0.1",
        "PasswordAuthentication=no",
        "PidFile=none",
        # Whoever runs the tests has start files (pyenv's takes a lock) that a killed shell harms.
        f"SetEnv=HOME={folder} PATH={folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "StrictModes=no",  # pytest's folders are below /tmp, which others may write to
        "UsePAM=no",
        *more,
    ]
    options = [word for setting in settings for word in ("-o", setting)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sshd, "-D", "-e", "-f", "/dev/null", *options], stdin=subprocess.DEVNULL, stderr=log
        )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return SshServer(process, port, key, known)
        threading.Event().wait(0.02)
    process.kill()
    process.wait()
    raise AssertionError(f"sshd did not start:\n{(folder / 'log').read_text()}")


@pytest.fixture(scope="session")
def ssh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """Promise a running SSH server that every test leaves as it was."""
    server = start(tmp_path_factory.mktemp("sshd"))
    yield server
    server.kill()


@pytest.fixture
def mortal_ssh_server(tmp_path: Path) -> Iterator[SshServer]:
    """Promise a running SSH server that the test may kill."""
    server = start(tmp_path)
    yield server
    if server.process.poll() is None:
        server.kill()


@pytest.fixture
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """Promise a running SSH server that leads on to others and runs nothing; tests may kill it."""
    server = start(tmp_path_factory.mktemp("gate"), "ForceCommand=/bin/false")
    yield server
    if server.process.poll() is None:
        server.kill()


@pytest.fixture(scope="session")
def connection(ssh_server: SshServer) -> Iterator[Connection]:
    """Promise a connection to the running SSH server."""
    made = Connection(ssh_server.target())
    yield made
    made.close()
