"""What configures a server's network, and what its files say with the bridge in them."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from blocks.connection import Connection
from deployments.model import Network
from errors import EposVirtError
from tasks.server import interfaces, networkd

LINKS = ("ip", "-j", "link", "show")
OTHERS = {  # what may configure a network besides, by its service
    "NetworkManager": "nmcli device set CARD managed no",
    "connman": "add CARD to NetworkInterfaceBlacklist in /etc/connman/main.conf",
    "dhcpcd": "write `denyinterfaces CARD` into /etc/dhcpcd.conf",
}
_SECRET = re.compile(r"(?i)((?:psk|pass\w*|wireless-key\w*|secret)\s*[ =]\s*)\S.*")
ACTIVE = ("systemctl", "is-active", *OTHERS)
# What is asked in any case.
LOOKS = (("cat", interfaces.INTERFACES), interfaces.listing(interfaces.USUAL), LINKS)


@dataclass(frozen=True)
class CardConfiguration:
    """The files that say how card and bridge are configured.

    Args:
        manager: who reads them, ifupdown or networkd.
        have: what they say, by path; None for one that is not there.
        want: what they should say.
        names: the interfaces that are taken down and up, ifupdown's only.
    """

    manager: str
    have: Mapping[str, str | None]
    want: Mapping[str, str]
    names: tuple[str, ...] = ()

    @property
    def differing(self) -> list[str]:
        """The paths of files that say something else than they should."""
        return [path for path, text in self.want.items() if self.have.get(path) != text]

    def difference(self) -> str:
        """Show what would be changed, as `diff -u` does, without passwords of wireless networks."""
        lines = [
            line if line.endswith("\n") else f"{line}\n"
            for path in self.differing
            for line in difflib.unified_diff(
                (self.have.get(path) or "").splitlines(keepends=True),
                self.want[path].splitlines(keepends=True),
                path if self.have.get(path) is not None else "/dev/null",
                path,
            )
        ]
        return "".join(_SECRET.sub(r"\1***", line) for line in lines)


def read_configuration(server: Connection, network: Network) -> CardConfiguration:
    """Read who configures the card, by which files, and what these should say.

    Raises:
        EposVirtError: there is no such card; nobody whom we know configures it; it is the port of
            another bridge.
    """
    files = interfaces.read_files(server)
    card, bridge = network.interface, network.bridge
    if interfaces.describes(files, card, bridge):
        return _of_ifupdown(server, network, files)
    links = {link["ifname"]: link for link in json.loads(server.check(*LINKS))}
    require_card(server.name, links, card)
    ours = networkd.our_files(network)
    have = {path: server.read(path) for path in ours}
    if port := have[ours[1]]:
        file, settings = networkd.before_ours(port), port + (have[ours[2]] or "")
    else:
        file = networkd.read_file(server, links[card]["ifindex"])
        settings = networkd.read_settings(server, file) if file else ""
    if not file:
        raise _unknown(server, card)
    if not have[ours[1]] and (master := networkd.master_of(settings)):
        return _of_somebodys_bridge(server, network, master, file)
    want = networkd.bridged(network, links[card]["address"], file, settings)
    return CardConfiguration("networkd", have, want)


def require_card(server: str, links: Mapping[str, object], card: str) -> None:
    """Refuse a card that the server does not have.

    Raises:
        EposVirtError: lists the cards it has.
    """
    if card not in links:
        names = [name for name in links if name != "lo"]
        raise EposVirtError(
            f"{server} has no network card {card}",
            seen=f"it has {', '.join(names) or 'none'}",
            remedy="write the right one as `network.interface` in the environment",
        )


def _of_ifupdown(server: Connection, network: Network, files: dict[str, str]) -> CardConfiguration:
    card, bridge = network.interface, network.bridge
    if heads := interfaces.inheriting(files, card, bridge):
        raise EposVirtError(
            f"what {server.name} says of {card} is said elsewhere as well",
            seen=f"`{heads[0]}`: epos-virt does not follow `inherits`",
            remedy="write the options of both into that one stanza, without `inherits`; "
            "then run again",
        )
    if others := [name for name in interfaces.port_of(files, card) if name != bridge]:
        seen = f"`iface {others[0]}` in {', '.join(files)} has it among its ports"
        raise _is_part_of(server, card, others[0], seen)
    want = interfaces.bridged(files, network)
    upon = [*interfaces.upon(files, card), *interfaces.upon(want, card, bridge)]
    return CardConfiguration("ifupdown", files, want, (card, bridge, *dict.fromkeys(upon)))


def _of_somebodys_bridge(
    server: Connection, network: Network, master: str, file: str
) -> CardConfiguration:
    """Leave a bridge that networkd has already as it is, where it has the address as well."""
    card, bridge = network.interface, network.bridge
    if master != bridge:
        raise _is_part_of(server, card, master, f"{file} says so")
    links = {link["ifname"]: link["ifindex"] for link in json.loads(server.check(*LINKS))}
    own = networkd.read_file(server, links[bridge]) if bridge in links else ""
    if not own or not networkd.has_address(networkd.read_settings(server, own), network):
        raise EposVirtError(
            f"{bridge} of {server.name} is somebody's bridge, and has not {network.address}",
            seen=f"{file} makes {card} its port; {own or 'no file'} has its addresses",
            remedy=f"write the address it has as `network.address`, or `Address={network.address}` "
            "into that file",
        )
    return CardConfiguration("networkd", {}, {})


def _is_part_of(server: Connection, card: str, master: str, seen: str) -> EposVirtError:
    return EposVirtError(
        f"{card} of {server.name} is the port of another bridge or bond, {master}",
        seen=seen,
        remedy=f"write `bridge: {master}` in the environment to use that bridge, "
        f"`interface: {master}` for a bond, or take {card} out of it yourself",
    )


def _unknown(server: Connection, card: str) -> EposVirtError:
    """Tell who configures a card that neither ifupdown nor networkd does."""
    states = server.run(*ACTIVE).stdout.split()
    found = [name for name, state in zip(OTHERS, states, strict=False) if state == "active"]
    whose = f"{found[0]} does" if found else "nobody whom epos-virt knows does"
    free = (
        f"have {found[0]} leave it ({OTHERS[found[0]].replace('CARD', card)}), and "
        if found
        else ""
    )
    return EposVirtError(
        f"{card} of {server.name} is configured neither by ifupdown nor by systemd-networkd",
        seen=f"no `iface {card}` in {interfaces.INTERFACES}, no file of networkd's; {whose}",
        remedy=f"{free}describe {card} as it is now in {interfaces.INTERFACES} (apt-get install "
        "ifupdown), or in a .network file of networkd; then run again",
    )
