"""A Docker engine: this machine's, or one behind an SSH connection."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
from docker.errors import DockerException
from docker.transport import UnixHTTPAdapter

from blocks.connection import Connection
from blocks.tunnel import UnixTunnel
from errors import EposVirtError
from runs.state import state_folder
from runs.wait import wait_until

SOCKET = "/var/run/docker.sock"
TIMEOUT = 900  # seconds: loading an image into an emulated engine is slow


def open_engine(
    machine: Connection, socket: str = SOCKET
) -> tuple[docker.DockerClient, UnixTunnel]:
    """Open the engine of `machine` over its connection.

    Args:
        machine: where it runs.
        socket: the unix socket it listens on there.

    Raises:
        EposVirtError: the engine does not answer; transient, it may be starting.
    """
    tunnel = UnixTunnel(machine, socket)
    try:
        client = docker.DockerClient(base_url=f"unix://{tunnel.path}", timeout=TIMEOUT)
        client.api.mount("http+docker://", _OneSocket(f"http+unix://{tunnel.path}", TIMEOUT))
        client.ping()
    except (DockerException, OSError) as error:
        tunnel.close()
        raise EposVirtError(
            f"the Docker engine on {machine.name} does not answer",
            seen=str(error),
            remedy=f"on {machine.name}: systemctl status docker",
            transient=True,
        ) from error
    return client, tunnel


class _OneSocket(UnixHTTPAdapter):
    """Uses a connection again for any URL.

    The SDK's own keeps one open for every URL it ever asked. Each would be a session of sshd,
    which allows ten (MaxSessions).
    """

    def get_connection(self, url: str | bytes, proxies: Any = None) -> Any:
        """Give the pool of the socket, whatever the URL."""
        return super().get_connection("http+docker://localhost", proxies)


def _answering(url: str | None) -> docker.DockerClient | None:
    try:
        client = docker.DockerClient(base_url=url, timeout=TIMEOUT) if url else docker.from_env()
        client.ping()
    except (DockerException, OSError):
        return None
    return client


@contextmanager
def local_engine() -> Iterator[docker.DockerClient]:
    """Give an engine of this machine; where none answers, start one and stop it afterwards.

    The one it starts has a socket and data of its own below the state folder and leaves the
    machine's network alone (no bridge, no packet filter): builds use the host's network.
    Call it from the main thread: the engine is told to end when the thread that started it does.

    Raises:
        EposVirtError: no engine answers and none can be started.
    """
    if client := _answering(os.environ.get("DOCKER_HOST")):
        yield client
        client.close()
        return
    folder = state_folder("docker")
    url = f"unix://{folder}/docker.sock"
    with (folder / "dockerd.log").open("ab") as log:
        process = _start_engine(str(folder), url, log.fileno())
    try:
        client = wait_until(
            lambda: _answering(url) if process.poll() is None else None,
            what="the Docker engine started for this run",
            within=60,
            remedy=f"read {folder}/dockerd.log; is this root, is docker.io installed? "
            "script/bootstrap installs it",
        )
        yield client
        client.close()
    finally:
        process.terminate()
        process.wait(30)


def _start_engine(folder: str, url: str, log: int) -> subprocess.Popen[bytes]:
    places = ["--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"]
    hands_off = ["--bridge", "none", "--iptables=false", "--ip-masq=false", "--ip-forward=false"]
    daemon = ["dockerd", "--host", url, "--pidfile", f"{folder}/dockerd.pid", *places, *hands_off]
    try:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *daemon],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise EposVirtError(
            "no Docker engine answers and none is installed",
            seen=str(error),
            remedy="script/bootstrap installs Debian's docker.io; "
            "or set DOCKER_HOST to your engine",
        ) from error
