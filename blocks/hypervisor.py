"""A hypervisor behind libvirt, as a Prefect block."""

from __future__ import annotations

import libvirt
from prefect.blocks.core import Block
from pydantic import Field

from blocks.connection import Connection
from blocks.doors import LIBVIRT_DRIVER, LIBVIRT_SOCKET
from blocks.libvirtd import open_libvirt
from blocks.tunnel import UnixTunnel


class Hypervisor(Block):
    """The libvirt daemon of a server, reached through the server's SSH connection."""

    _block_type_name = "Hypervisor"
    _block_type_slug = "epos-hypervisor"

    driver: str = Field(default=LIBVIRT_DRIVER, description="libvirt driver: xen or qemu.")
    socket: str = Field(default=LIBVIRT_SOCKET, description="libvirtd's unix socket on the server.")

    def connect(self, server: Connection) -> tuple[libvirt.virConnect, UnixTunnel]:
        """Open libvirt over the server's connection; see `open_libvirt`."""
        return open_libvirt(server, self.driver, self.socket)
