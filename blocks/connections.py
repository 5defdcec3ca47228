"""The open connections of one run: one to each machine, made at first use, shared by all steps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

import docker
import libvirt

from blocks.connection import Connection
from blocks.docker_engine import DockerEngine
from blocks.hypervisor import Hypervisor
from blocks.ssh_host import SshHost
from blocks.tunnel import UnixTunnel

BOOT_WITHIN = 300.0  # seconds a domU that answers SSH already may take to start its services


class Connections:
    """Opens server, domUs, hypervisor and engines when first asked and closes them together."""

    def __init__(
        self,
        find_server: Callable[[], SshHost],
        find_domu: Callable[[str], SshHost],
        local_engine: docker.DockerClient | None = None,
    ) -> None:
        """Keep how to find the machines: a lab's port is known only once it is up.

        Args:
            find_server: gives the server's address and keys.
            find_domu: gives a domU's by its name.
            local_engine: this machine's Docker engine, where the run builds images.
        """
        self._find_server = find_server
        self._find_domu = find_domu
        self._local_engine = local_engine
        self._lock = threading.RLock()
        self._server: Connection | None = None
        self._domus: dict[str, Connection] = {}
        self._engines: dict[str, tuple[docker.DockerClient, UnixTunnel]] = {}
        self._hypervisor: tuple[libvirt.virConnect, UnixTunnel] | None = None

    @property
    def server(self) -> Connection:
        """The server's (dom0's) connection."""
        with self._lock:
            if self._server is None:
                self._server = self._find_server().connect()
            return self._server

    def domu(self, name: str) -> Connection:
        """The connection of a domU, carried by the server's."""
        with self._lock:
            if name not in self._domus:
                self._domus[name] = self._find_domu(name).connect(self.server)
            return self._domus[name]

    @property
    def local_engine(self) -> docker.DockerClient:
        """This machine's Docker engine."""
        if self._local_engine is None:
            raise RuntimeError("this run was not given a Docker engine of this machine")
        return self._local_engine

    def engine(self, domu: str) -> docker.DockerClient:
        """The Docker engine in a domU; where the domU still boots, its boot is waited for."""
        with self._lock:
            if domu not in self._engines:
                machine = self.domu(domu)
                machine.run("systemctl", "is-system-running", "--wait", timeout=BOOT_WITHIN)
                self._engines[domu] = DockerEngine().connect(machine)
            return self._engines[domu][0]

    def hypervisor(self) -> libvirt.virConnect:
        """The server's libvirt."""
        with self._lock:
            if self._hypervisor and not self._hypervisor[0].isAlive():
                self._drop_hypervisor()
            if self._hypervisor is None:
                self._hypervisor = Hypervisor().connect(self.server)
            return self._hypervisor[0]

    def forget_domu(self, name: str) -> None:
        """Close what is open to a domU that was stopped or made anew."""
        with self._lock:
            if engine := self._engines.pop(name, None):
                engine[0].close()
                engine[1].close()
            if domu := self._domus.pop(name, None):
                domu.close()

    def close(self) -> None:
        """Close everything; the next use opens it again."""
        with self._lock:
            for name in [*self._domus, *self._engines]:
                self.forget_domu(name)
            self._drop_hypervisor()
            if self._server:
                self._server.close()

    def drop(self) -> None:
        """Break everything that is open under whoever waits for it; the next use opens it anew.

        Takes no lock: whoever waits may hold it.
        """
        engines, self._engines = self._engines, {}
        hypervisor, self._hypervisor = self._hypervisor, None
        for machine in [*list(self._domus.values()), self._server]:
            if machine:
                machine.drop()
        for opened in [*engines.values(), *([hypervisor] if hypervisor else [])]:
            opened[1].close()  # its tunnel; whoever still uses what it carried sees it gone

    def _drop_hypervisor(self) -> None:
        if self._hypervisor:
            connection, tunnel = self._hypervisor
            self._hypervisor = None
            if connection.isAlive():
                connection.close()
            tunnel.close()

    def __enter__(self) -> Connections:
        """Use it as a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything."""
        self.close()
