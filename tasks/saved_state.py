"""Starting a unikernel from a saved state: its memory as it was right after a correct answer.

A restored guest is a copy. Before it runs, it finds its address and fresh random bits in
Xenstore; its PID 1 takes both before the application goes on (toolchains/linux/init/resume.c).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache

import libvirt

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Application, Environment
from errors import EposVirtError
from tasks.content import key_of
from tasks.domu import mark_of
from tasks.hypervisor import read_xen

FOLDER = "/var/lib/epos-virt/states"  # on the server; guests' memory, so root's alone
SEED_BYTES = 32


@dataclass(frozen=True)
class SavedState:
    """The saved state of one unikernel.

    Args:
        connections: the run's connections.
        environment: the whole environment.
        application: the application.
    """

    connections: Connections
    environment: Environment
    application: Application

    @property
    def server(self) -> Connection:
        """The server that keeps it."""
        return self.connections.server

    def path(self) -> str:
        """Name its file after all that went into it; where one thing differs, it is another.

        That is the guest's description (with it image, memory, vCPUs, command line and what is
        on its volumes), Xen's version and options, and the processor.
        """
        domain = self._domain()
        running = _xen(self.server)
        about = [running.get(key, "") for key in ("xen_version", "xen_commandline", "hw_caps")]
        key = key_of(mark_of(domain).get("key", ""), about)
        return f"{FOLDER}/{self.environment.name}-{self.application.name}-{key[:16]}.state"

    def exists(self) -> bool:
        """Tell whether there is one that fits the guest as it is defined now."""
        return self.server.ask("test", "-e", self.path())

    def save(self) -> None:
        """Save the running guest, which ends with that; older states of it go.

        Raises:
            EposVirtError: Xen could not save it; it may still be running.
        """
        path = self.path()
        self.server.check("install", "-d", "-m", "0700", FOLDER)
        self.forget()
        try:
            self._domain().save(f"{path}.new")
        except libvirt.libvirtError as error:
            raise self._failed("saved", error) from error
        self.server.check("mv", "-fT", f"{path}.new", path)

    def restore(self) -> None:
        """Create the guest from its saved state and let it run, with its own random bits.

        Raises:
            EposVirtError: there is no such state, or Xen could not restore it.
        """
        hypervisor = self.connections.hypervisor()
        try:
            hypervisor.restoreFlags(self.path(), None, libvirt.VIR_DOMAIN_SAVE_PAUSED)
            domain = self._domain()
            network = self.environment.network
            address = f"{self.application.address}/{network.address.network.prefixlen}"
            tell(self.server, domain.ID(), address, str(network.gateway))
            domain.resume()
        except libvirt.libvirtError as error:
            raise self._failed("restored", error) from error

    def forget(self) -> None:
        """Remove every saved state of this unikernel."""
        prefix = f"{self.environment.name}-{self.application.name}-"
        self.server.check("find", FOLDER, "-name", f"{prefix}*.state*", "-delete")

    def _domain(self) -> libvirt.virDomain:
        return self.connections.hypervisor().lookupByName(self.application.name)

    def _failed(self, what: str, error: libvirt.libvirtError) -> EposVirtError:
        return EposVirtError(
            f"{self.application.name} was not {what}",
            seen=str(error),
            remedy="on the server: /var/log/libvirt/libxl tells more",
        )


@cache
def _xen(server: Connection) -> dict[str, str]:
    """Read what Xen runs there; asked once a run, in which no server is rebooted under guests."""
    return read_xen(server)


def tell(server: Connection, identity: int, address: str, gateway: str) -> None:
    """Write what a restored guest must know into its folder of Xenstore, before it runs."""
    folder = f"/local/domain/{identity}/epos"
    pairs = {"address": address, "gateway": gateway, "seed": secrets.token_hex(SEED_BYTES)}
    words = [word for name, value in pairs.items() for word in (f"{folder}/{name}", value)]
    server.check("xenstore-write", *words)
