"""A Docker engine: this machine's, or one behind an SSH connection."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException
from docker.transport import UnixHTTPAdapter

from blocks.connection import Connection
from blocks.doors import ENGINE_SOCKET
from blocks.tunnel import UnixTunnel
from errors import EposVirtError
from runs.child import ProgramFailed, run
from runs.looking import about_to_make
from runs.patience import stretched
from runs.wait import wait_until
from state import make_private, state_place

TIMEOUT = 900  # seconds: loading an image into an emulated engine is slow


def open_engine(
    machine: Connection, socket: str = ENGINE_SOCKET
) -> tuple[docker.DockerClient, UnixTunnel]:
    """Open the engine of `machine` over its connection.

    Args:
        machine: where it runs.
        socket: the unix socket it listens on there.

    Raises:
        EposVirtError: the engine does not answer; transient, it may be starting.
    """
    tunnel = UnixTunnel(machine, socket)
    limit = int(stretched(TIMEOUT))
    try:
        client = docker.DockerClient(base_url=f"unix://{tunnel.path}", timeout=limit)
        client.api.mount("http+docker://", _OneSocket(f"http+unix://{tunnel.path}", limit))
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
    kind, _, path = (url or USUAL_SOCKET).partition("://")
    if kind == "unix" and not Path(path).is_socket():
        return None
    try:
        client = docker.DockerClient(base_url=url, timeout=TIMEOUT) if url else docker.from_env()
        client.ping()
    except (DockerException, OSError):
        return None
    return client


USUAL_SOCKET = "unix:///var/run/docker.sock"
BRIDGE = "docker0"
EngineOf = Callable[[], docker.DockerClient]  # opens the engine where it is first asked for


@contextmanager
def local_engine() -> Iterator[EngineOf]:
    """Give an engine of this machine; where none answers, start one and stop it afterwards.

    The one it starts has a socket and data of its own below the state folder and leaves the
    machine's network alone: builds use the host's.

    Raises:
        EposVirtError: where it is first asked for: no engine answers and none can be started.
    """
    folder = state_place("docker")
    with ExitStack() as stack:
        own = stack.enter_context(own_engine(folder, folder / "data"))

        @cache
        def find() -> docker.DockerClient:
            client = _answering(os.environ.get("DOCKER_HOST"))
            return stack.enter_context(closing(client)) if client else own()

        yield _one_at_a_time(find)


@contextmanager
def own_engine(folder: Path, data: Path, *, apart: bool = False) -> Iterator[EngineOf]:
    """Give an engine of our own on this machine, started when asked for and stopped afterwards.

    Args:
        folder: for its socket, log and what it needs while it runs.
        data: where it keeps its images.
        apart: in a network of its own, for one that only keeps images and shall know no other.

    Raises:
        EposVirtError: where it is first asked for: none is installed, or it does not start.
    """
    url = f"unix://{folder}/docker.sock"
    # It is told to end when the thread that started it does: this one lives as long as the block.
    with ThreadPoolExecutor(1, "docker-engine") as keeper:
        stack = ExitStack()

        @cache
        def start() -> docker.DockerClient:
            if not data.is_dir():
                about_to_make("a Docker engine of this machine")
            make_private(folder)
            with (folder / "dockerd.log").open("ab") as log:
                starting = keeper.submit(
                    _start_engine, str(folder), str(data), url, log.fileno(), apart
                )
                process = starting.result()
            stack.callback(_stop_engine, process, (data, folder / "exec/netns/default"))

            def answering() -> docker.DockerClient | None:
                if process.poll() is None:
                    return _answering(url)
                lines = (folder / "dockerd.log").read_text(errors="replace").splitlines()
                raise EposVirtError(
                    "the Docker engine started for this run ended instead of answering",
                    seen="\n".join(lines[-5:]),
                    remedy="is this root? a state folder with a shorter path (EPOS_VIRT_STATE) "
                    "helps where a socket's is too long",
                )

            client = wait_until(
                answering,
                what="the Docker engine started for this run",
                within=60,
                remedy=f"read {folder}/dockerd.log",
            )
            return stack.enter_context(closing(client))

        with stack:  # before its thread ends
            yield _one_at_a_time(start)


def _one_at_a_time(find: EngineOf) -> EngineOf:
    lock = threading.Lock()

    def engine() -> docker.DockerClient:
        with lock:
            return find()

    return engine


def _stop_engine(process: subprocess.Popen[bytes], mounted: Sequence[Path]) -> None:
    process.terminate()
    try:
        process.wait(stretched(30))
    except subprocess.TimeoutExpired:
        process.kill()  # what it builds is built again
        process.wait()
    # What it leaves mounted on itself would keep its folder from being removed.
    for place in mounted:
        with suppress(ProgramFailed):  # nothing was mounted
            run("umount", "--lazy", place)


def _start_engine(
    folder: str, data: str, url: str, log: int, apart: bool
) -> subprocess.Popen[bytes]:
    network = ["unshare", "--net", "--"] if apart else []
    places = ["--data-root", data, "--exec-root", f"{folder}/exec"]
    # Told to have no bridge, it would take docker0 away, which another engine's containers are on.
    there = not apart and BRIDGE in (name for _, name in socket.if_nameindex())
    no_bridge = ["--bridge", BRIDGE if there else "none"]
    hands_off = [*no_bridge, "--iptables=false", "--ip-masq=false", "--ip-forward=false"]
    daemon = ["dockerd", "--host", url, "--pidfile", f"{folder}/dockerd.pid", *places, *hands_off]
    try:  # not runs.child: it runs until its block ends, in a session of its own
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", *network, *daemon],
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
