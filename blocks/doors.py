"""Which ways a run goes to its machines, where they are not those that the environment names."""

from __future__ import annotations

from dataclasses import dataclass

from blocks.connection import SshTarget

LIBVIRT_DRIVER = "xen"
LIBVIRT_SOCKET = "/run/libvirt/libvirt-sock"
ENGINE_SOCKET = "/var/run/docker.sock"


@dataclass(frozen=True)
class Doors:
    """The ways of one run.

    Args:
        server: the server's SSH; None for the environment's own.
        driver: libvirt's, xen or qemu.
        libvirt_socket: libvirtd's unix socket on the server.
        engine_socket: the engine's unix socket in every domU.
        history: SQLAlchemy URL of the history; None for the usual one.
    """

    server: SshTarget | None = None
    driver: str = LIBVIRT_DRIVER
    libvirt_socket: str = LIBVIRT_SOCKET
    engine_socket: str = ENGINE_SOCKET
    history: str | None = None


USUAL = Doors()
