"""systemd-networkd's files: three of ours make the card the bridge's port; nobody's are changed.

See systemd.network(5), systemd.netdev(5). What netplan writes for networkd is such a file, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface

from blocks.connection import Connection
from deployments.model import Network
from errors import EposVirtError

FOLDER = "/etc/systemd/network"
_FIRST = "05-epos-virt"  # of all files that match, networkd takes the first by name
_STATE = "/run/systemd/netif/links"
_WRITTEN = "# Written by epos-virt from the environment's `network`"
_OF_CARD = ("Match", "Link", "SR-IOV")  # sections that stay with the card
_MASTERS = ("Bridge", "Bond", "VRF", "BatmanAdvanced")
# An empty value takes back what was said before, also in sections of their own.
_ALSO_TAKES_BACK = {"Address": "Address", "Gateway": "Route"}
Section = tuple[str, tuple[str, ...]]  # its name, and its lines


def read_file(server: Connection, index: int) -> str:
    """Give the path of the file that networkd configures a link by; empty where it does not.

    Its state file for each link has lines like `NETWORK_FILE=/etc/systemd/network/10-lan.network`.
    """
    told = re.search(r"^NETWORK_FILE=(.+)$", server.read(f"{_STATE}/{index}") or "", re.MULTILINE)
    return told[1] if told else ""


def read_settings(server: Connection, file: str) -> str:
    """Read a file of networkd's with the drop-ins that add to it."""
    name = file.rpartition("/")[2]
    return server.check("systemd-analyze", "cat-config", f"systemd/network/{name}")


def before_ours(port: str) -> str:
    """Give the file that the card was configured by before, from our own file of the card."""
    told = re.search(r"; before, it had (.+)\.$", port, re.MULTILINE)
    return told[1] if told else ""


def our_files(network: Network) -> tuple[str, str, str]:
    """Give the paths of the bridge, of the card as its port, and of the bridge's addresses."""
    bridge, card = network.bridge, network.interface
    names = (f"{bridge}.netdev", f"{card}.network", f"{bridge}.network")
    return tuple(f"{FOLDER}/{_FIRST}-{name}" for name in names)  # type: ignore[return-value]


def bridged(network: Network, mac: str, file: str, settings: str) -> dict[str, str]:
    """Give our three files: the bridge has what the card had, and the environment's address.

    Args:
        network: the environment's.
        mac: the card's hardware address, which the bridge gets.
        file: what the card is configured by now.
        settings: what that says, with its drop-ins.

    Raises:
        EposVirtError: that file would be taken before ours.
    """
    netdev, port, addresses = our_files(network)
    name = file.rpartition("/")[2]
    if name < port.rpartition("/")[2]:
        raise EposVirtError(
            f"networkd takes {file} before any file of ours",
            seen=f"of all files that match {network.interface} it takes the first by name",
            remedy=f"rename it to 10-{name.lstrip('0123456789-')}, then run again",
        )
    sections = _without_old_address(in_force(settings), network)
    said = [line for name, lines in sections if name == "Link" for line in lines]
    link = list(dict.fromkeys(said))
    large = [line for line in link if _key(line) == "MTUBytes"]  # of the bridge, too
    besides = "".join(_written(*one) for one in sections if one[0] in _OF_CARD[2:])
    return {
        netdev: f"{_WRITTEN}.\n[NetDev]\nName={network.bridge}\nKind=bridge\nMACAddress={mac}\n"
        "\n[Bridge]\nSTP=no\nForwardDelaySec=0\n",
        port: f"{_WRITTEN}; before, it had {file}.\n"
        + _written("Match", [f"Name={network.interface}"])
        + (_written("Link", link) if link else "")
        + _written("Network", [f"Bridge={network.bridge}"])
        + besides,
        addresses: f"{_WRITTEN}, the rest from {file}.\n"
        + _written("Match", [f"Name={network.bridge}"])
        + (_written("Link", large) if large else "")
        + "".join(_written(*section) for section in _with_address(sections, network)),
    }


def read_sections(settings: str) -> Iterator[Section]:
    """Read `[Name]` and the lines below it, comments left out; those of one name are not joined.

    A line goes on after a backslash, also over comments.
    """
    name, lines, begun = "", list[str](), ""
    for line in settings.splitlines():
        bare = line.strip()
        if not begun and (found := re.fullmatch(r"\[([^\]]+)\]", bare)):
            if name:
                yield name, tuple(lines)
            name, lines = found[1], []
        elif bare and bare[0] not in "#;":
            whole = f"{begun} {bare}".strip()
            begun = whole[:-1].rstrip() if whole.endswith("\\") else ""
            lines += [] if begun else [whole]
    if name:
        yield name, (*lines, *([begun] if begun else []))


def in_force(settings: str) -> list[Section]:
    """Give the sections without what an empty value takes back, as drop-ins do: `Address=`."""
    kept: list[tuple[str, list[str]]] = []
    for name, lines in read_sections(settings):
        kept.append((name, []))
        for line in lines:
            key, _, value = (part.strip() for part in line.partition("="))
            if value or name in _ALSO_TAKES_BACK.values():
                kept[-1][1].append(line)
                continue
            for other, said in kept:
                said[:] = [one for one in said if other != name or _key(one) != key]
            if name == "Network":
                kept = [one for one in kept if one[0] != _ALSO_TAKES_BACK.get(key)]
    return [(name, tuple(lines)) for name, lines in kept]


def master_of(settings: str) -> str:
    """Name the bridge, bond or VRF that a file gives its link to; empty for none."""
    said = [line for _, lines in in_force(settings) for line in lines]
    masters = [line.partition("=")[2].strip() for line in said if _key(line) in _MASTERS]
    return next(iter(masters), "")


def has_address(settings: str, network: Network) -> bool:
    """Whether a file gives its link the environment's address."""
    return any(_is_address(line, network) for _, lines in in_force(settings) for line in lines)


def _without_old_address(sections: list[Section], network: Network) -> list[Section]:
    """Leave out the first IPv4 address, unless the environment's is among them."""
    lines = [(at, line) for at, (_, lines) in enumerate(sections) for line in lines]
    have = [(at, line) for at, line in lines if _key(line) == "Address" and ":" not in line]
    if not have or any(_is_address(line, network) for _, line in have):
        return sections
    (where, old), *_ = have
    cut = [
        (name, tuple(line for line in lines if (at, line) != (where, old)))
        for at, (name, lines) in enumerate(sections)
    ]
    return [(name, lines) for name, lines in cut if lines or name != "Address"]


def _key(line: str) -> str:
    return line.partition("=")[0].strip()


def _with_address(sections: list[Section], network: Network) -> Iterator[Section]:
    """Give the card's sections for the bridge: IPv4 as the environment says, all else as it was."""
    kept = [(n, lines) for n, lines in sections if n not in _OF_CARD]
    first = [line for n, lines in kept if n == "Network" for line in lines]
    plain = [line for line in first if not _is_replaced(line, network)]
    if any(_is(line, "DHCP", "yes", "y", "true", "t", "1", "on", "both") for line in first):
        plain.append("DHCP=ipv6")
    routed = not any(_is_default(lines) for n, lines in kept if n == "Route")
    own = [f"Address={network.address}", *([f"Gateway={network.gateway}"] if routed else [])]
    yield "Network", (*own, *plain)
    for name, lines in kept:
        same = name == "Address" and any(_is_address(line, network) for line in lines)
        if name != "Network" and not same:
            yield name, lines


def _is_replaced(line: str, network: Network) -> bool:
    """Whether a line of [Network] says what the environment says."""
    key, _, value = (part.strip() for part in line.partition("="))
    if key == "Gateway":
        return ":" not in value
    return (key in ("DHCP", "Bridge") and value != "ipv6") or _is_address(line, network)


def _is_address(line: str, network: Network) -> bool:
    key, _, value = (part.strip() for part in line.partition("="))
    if key != "Address" or ":" in value:
        return False
    try:
        return IPv4Interface(value).ip == network.address.ip
    except ValueError:
        return False


def _is_default(lines: tuple[str, ...]) -> bool:
    """Whether a [Route] is the default route of IPv4, and not one of a table of its own."""
    said = {_key(line): line.partition("=")[2].strip() for line in lines}
    if said.get("Table", "main") not in ("main", "254"):
        return False
    try:
        IPv4Address(said.get("Gateway", ""))
    except ValueError:
        return False
    return said.get("Destination", "0.0.0.0/0") in ("0.0.0.0/0", "default")


def _is(line: str, key: str, *values: str) -> bool:
    name, _, value = (part.strip() for part in line.partition("="))
    return name == key and value.lower() in values


def _written(name: str, lines: list[str] | tuple[str, ...]) -> str:
    return "\n".join(["", f"[{name}]", *lines, ""])
