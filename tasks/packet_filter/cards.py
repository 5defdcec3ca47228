"""Cards of guests that were started before the hotplug program named them after their addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as xml

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Environment
from errors import EposVirtError
from tasks.guest.description import mark_in
from tasks.server.bridge import read_ports

if TYPE_CHECKING:
    import libvirt

XENS_NAME = re.compile(r"vif[0-9]{1,5}\.0")
PREFIX = "00:16:3e:"  # of the hardware addresses that Xen's guests have


def misnamed_cards(environment: Environment, connections: Connections) -> dict[str, str]:
    """Give the cards of the environment's running guests that the filter would not know.

    Returns:
        The name that each should have, by the one it has. The hypervisor is asked only where a card
        of its naming is on the bridge.
    """
    ports = read_ports(connections.server)
    there = {
        name
        for name, bridge in ports.items()
        if bridge == environment.network.bridge and XENS_NAME.fullmatch(name)
    }
    if not there:
        return {}
    guests = connections.hypervisor().listAllDomains()
    wanted = dict(names for guest in guests if (names := _names(environment, guest)))
    return {has: name for has, name in wanted.items() if has in there}


def _names(environment: Environment, guest: libvirt.virDomain) -> tuple[str, str] | None:
    """Give the names that Xen and the filter have for a guest's card; None where it is not ours."""
    description = guest.XMLDesc()
    hardware = xml.fromstring(description).find("devices/interface/mac")
    address = str(hardware.get("address")) if hardware is not None else ""
    ours = mark_in(description).get("environment") == environment.name
    if not ours or not guest.isActive() or not address.startswith(PREFIX):
        return None
    last = address.removeprefix(PREFIX).replace(":", "")
    return f"vif{guest.ID()}.0", f"vif{last}.{guest.ID()}"


def rename_card(server: Connection, has: str, wanted: str) -> None:
    """Rename a card; it is down meanwhile, for kernels before 6.2 rename no other.

    One command, so that it is up again whatever becomes of the renaming, or of this machine.

    Raises:
        EposVirtError: it has its old name still.
    """
    commands = f"link set dev {has} down\nlink set dev {has} name {wanted}\n"
    up = "".join(f"link set dev {name} up\n" for name in (wanted, has))
    result = server.run("ip", "-force", "-batch", "-", stdin=commands + up)
    if server.run("ip", "link", "show", "dev", has).status == 0:
        raise EposVirtError(
            f"{server.name}: the guest's card {has} could not be renamed to {wanted}",
            seen=result.stderr.strip(),
            remedy="two guests with one address? end one of them, then run again",
        )
