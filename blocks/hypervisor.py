"""A hypervisor behind libvirt, as a Prefect block."""

from __future__ import annotations

from urllib.parse import quote

import libvirt
from prefect.blocks.core import Block
from pydantic import Field

from blocks.connection import Connection
from blocks.tunnel import UnixTunnel
from errors import EposVirtError

# libvirt prints every error it raises to standard error as well; ours are reported once.
libvirt.registerErrorHandler(lambda _context, _error: None, None)


class Hypervisor(Block):
    """The libvirt daemon of a server, reached through the server's SSH connection."""

    _block_type_name = "Hypervisor"
    _block_type_slug = "epos-hypervisor"

    driver: str = Field(default="xen", description="libvirt driver: xen or qemu.")
    socket: str = Field(
        default="/run/libvirt/libvirt-sock", description="libvirtd's unix socket on the server."
    )

    def connect(self, server: Connection) -> tuple[libvirt.virConnect, UnixTunnel]:
        """Open libvirt over the server's connection; the tunnel lives as long as it is used.

        Raises:
            EposVirtError: libvirtd does not answer; transient, it may be starting.
        """
        tunnel = UnixTunnel(server, self.socket)
        uri = f"{self.driver}+unix:///system?socket={quote(str(tunnel.path))}"
        try:
            return libvirt.open(uri), tunnel
        except libvirt.libvirtError as error:
            tunnel.close()
            raise EposVirtError(
                f"libvirt on {server.name} does not answer ({self.driver} driver)",
                seen=str(error),
                remedy=f"on {server.name}: systemctl status libvirtd; is it running Xen (xl info)?",
                transient=True,
            ) from error
