"""The libvirt daemon of a server, reached through the server's SSH connection."""

from __future__ import annotations

from urllib.parse import quote

import libvirt

from blocks.connection import Connection
from blocks.doors import LIBVIRT_DRIVER, LIBVIRT_SOCKET
from blocks.tunnel import UnixTunnel
from errors import EposVirtError

# libvirt prints every error it raises to standard error as well; ours are reported once.
libvirt.registerErrorHandler(lambda _context, _error: None, None)


def open_libvirt(
    server: Connection, driver: str = LIBVIRT_DRIVER, socket: str = LIBVIRT_SOCKET
) -> tuple[libvirt.virConnect, UnixTunnel]:
    """Open libvirt over the server's connection; the tunnel lives as long as it is used.

    Args:
        server: where it runs.
        driver: of libvirt, xen or qemu.
        socket: libvirtd's unix socket there.

    Raises:
        EposVirtError: libvirtd does not answer; transient, it may be starting.
    """
    tunnel = UnixTunnel(server, socket)
    uri = f"{driver}+unix:///system?socket={quote(str(tunnel.path))}"
    try:
        return libvirt.open(uri), tunnel
    except libvirt.libvirtError as error:
        tunnel.close()
        raise EposVirtError(
            f"libvirt on {server.name} does not answer ({driver} driver)",
            seen=str(error),
            remedy=f"on {server.name}: systemctl status libvirtd; is it running Xen (xl info)?",
            transient=True,
        ) from error
