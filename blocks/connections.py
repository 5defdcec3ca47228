"""The open connections of one run: one to each machine, made at first use, shared by all steps."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from blocks.connection import Connection, SshTarget
from blocks.doors import USUAL, Doors
from blocks.facts import Command
from blocks.tunnel import UnixTunnel
from errors import EposVirtError

if TYPE_CHECKING:
    import docker
    import libvirt

    from blocks.engine import EngineOf

BOOT_WITHIN = 300.0  # seconds a domU that answers SSH already may take to start its services


class Connections:
    """Opens server, domUs, hypervisor and engines when first asked and closes them together."""

    def __init__(
        self,
        find_server: Callable[[], SshTarget],
        find_domu: Callable[[str], SshTarget],
        local_engine: EngineOf | None = None,
        doors: Doors = USUAL,
    ) -> None:
        """Keep how to find the machines: a lab's port is known only once it is up.

        Args:
            find_server: gives the server's address and keys.
            find_domu: gives a domU's by its name.
            local_engine: gives this machine's Docker engine, where the run builds images.
            doors: the sockets of hypervisor and engines.
        """
        self._doors = doors
        self._find_server = find_server
        self._find_domu = find_domu
        self.local = local_engine
        self._reading: threading.Thread | None = None
        # One each, so that they are opened beside one another.
        self._lock = threading.RLock()
        self._engine_lock = threading.RLock()
        self._hypervisor_lock = threading.RLock()
        self._server: Connection | None = None
        self._domus: dict[str, Connection] = {}
        self._engines: dict[str, tuple[docker.DockerClient, UnixTunnel]] = {}
        self._hypervisor: tuple[libvirt.virConnect, UnixTunnel] | None = None

    @property
    def server(self) -> Connection:
        """The server's (dom0's) connection."""
        with self._lock:
            if self._server is None:
                self._server = Connection(self._find_server())
            return self._server

    def domu(self, name: str) -> Connection:
        """The connection of a domU, carried by the server's."""
        with self._lock:
            if name not in self._domus:
                self._domus[name] = Connection(self._find_domu(name), self.server)
            return self._domus[name]

    @property
    def local_engine(self) -> docker.DockerClient:
        """This machine's Docker engine."""
        if self.local is None:
            raise RuntimeError("this run was not given a Docker engine of this machine")
        return self.local()

    def engine(self, domu: str) -> docker.DockerClient:
        """The Docker engine in a domU; where the domU still boots, its boot is waited for."""
        with self._engine_lock:
            if domu not in self._engines:
                self._engines[domu] = self._open_engine(self.domu(domu))
            return self._engines[domu][0]

    def _open_engine(self, machine: Connection) -> tuple[docker.DockerClient, UnixTunnel]:
        from blocks.engine import open_engine

        try:
            return open_engine(machine, self._doors.engine_socket)
        except EposVirtError:
            machine.run("systemctl", "is-system-running", "--wait", timeout=BOOT_WITHIN)
            return open_engine(machine, self._doors.engine_socket)

    def hypervisor(self) -> libvirt.virConnect:
        """The server's libvirt."""
        from blocks.libvirtd import open_libvirt

        with self._hypervisor_lock:
            if self._hypervisor and not self._hypervisor[0].isAlive():
                self._drop_hypervisor()
            if self._hypervisor is None:
                doors = self._doors
                self._hypervisor = open_libvirt(self.server, doors.driver, doors.libvirt_socket)
            return self._hypervisor[0]

    def open_early(self, domus: Sequence[str], looks: Sequence[Command]) -> None:
        """Begin to open what a run will use and to read its server's facts, and come back.

        What cannot be opened yet is left to the step that needs it, which tells why.

        Args:
            domus: those whose engines will be asked.
            looks: commands of the server that only look.
        """
        if self._reading is None:
            self._reading = _beside(partial(self._open_early, domus, looks))

    def _open_early(self, domus: Sequence[str], looks: Sequence[Command]) -> None:
        self.server.client()  # where there is none, there is nothing on it
        _beside(self.hypervisor)
        for domu in domus:
            _beside(partial(self.engine, domu))
        self.server.read_facts(looks)

    def wait_for_facts(self) -> None:
        """Wait until the server's facts are read, or cannot be."""
        if self._reading is not None:
            self._reading.join()

    def facts_change(self) -> None:
        """Something is about to be changed: what was read of the server may no longer hold."""
        with self._lock:
            if self._server:
                self._server.facts.forget()

    def forget_domu(self, name: str) -> None:
        """Close what is open to a domU that was stopped or made anew."""
        with self._engine_lock, self._lock:
            if engine := self._engines.pop(name, None):
                engine[0].close()
                engine[1].close()
            if domu := self._domus.pop(name, None):
                domu.close()

    def close(self) -> None:
        """Close everything; the next use opens it again."""
        with self._hypervisor_lock, self._engine_lock, self._lock:
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


def _beside(open_it: Callable[[], object]) -> threading.Thread:
    def quietly() -> None:
        with contextlib.suppress(EposVirtError):
            open_it()

    thread = threading.Thread(target=quietly, daemon=True)
    thread.start()
    return thread
