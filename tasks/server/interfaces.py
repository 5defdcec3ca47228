"""The files of ifupdown: the card's stanza becomes the bridge's, and every other line stays.

See interfaces(5), bridge-utils-interfaces(5).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Interface

from blocks.connection import Connection
from deployments.model import Network
from tasks.server.stanza import Stanza, parse, render, words_of

INTERFACES = "/etc/network/interfaces"
FOLDER = "/etc/network"
USUAL = f"{FOLDER}/interfaces.d/*"  # what Debian's own file names
# Gives the files that patterns, its arguments, stand for; a pattern without any stands for none.
_LIST = (
    'for pattern in "$@"; do for file in $pattern; do test ! -f "$file" || echo "$file"; done; done'
)
_NAMED = re.compile(r"[A-Za-z0-9_-]+")  # which files of a `source-directory` are read
_HOOKS = {"pre-up", "up", "post-up", "down", "pre-down", "post-down"}
# What is said of a card, not of what is spoken over it: it stays with the card.
_OF_CARD = re.compile(
    r"hwaddress|media|slaves|"
    r"(link|ethernet|hardware|offload|wpa|wireless|bond|vlan|vxlan|macvlan|infiniband)[-_].*"
)
_ON_CARD = re.compile(r"\bethtool\b|\bip\s+(-\S+\s+)*link\b|\btc\s|/sys/class/net/")
_PORTS, _SLAVES = ("bridge_ports", "bridge-ports"), ("bond-slaves", "bond_slaves", "slaves")
_MASTERS, _RAW_DEVICES = ("bond-master", "bond_master"), ("vlan-raw-device", "vlan_raw_device")
_OF_ADDRESS = {"address", "netmask", "broadcast", "network", "gateway"}
# Of a bridge that nobody may be behind: forward at once, wait for nobody.
_BRIDGE = ("bridge_stp off", "bridge_waitport 0", "bridge_fd 0")


def read_files(server: Connection) -> dict[str, str]:
    """Read ifupdown's file and those that it names, by path; nothing where there is none."""
    found: dict[str, str] = {}
    patterns = [INTERFACES]
    while patterns:
        # Debian's file and what it names are read with a run's other facts, each by itself.
        names = patterns if patterns == [INTERFACES] else _listed(server, patterns)
        patterns = []
        for path in names:
            if path not in found and (text := server.read(path)) is not None:
                found[path] = text
                patterns += _sourced(text)
    return found


def listing(*patterns: str) -> tuple[str, ...]:
    """Give the command that lists the files which patterns stand for."""
    return ("sh", "-c", _LIST, "sh", *patterns)


def _listed(server: Connection, patterns: list[str]) -> list[str]:
    files = server.check(*listing(*(pattern.rstrip("/") for pattern in patterns))).splitlines()
    folders = {pattern[:-1] for pattern in patterns if pattern.endswith("/*/")}
    return [
        file
        for file in files
        if not any(file.startswith(folder[:-1]) for folder in folders)
        or _NAMED.fullmatch(file.rpartition("/")[2])
    ]


def _sourced(text: str) -> list[str]:
    """Give the patterns of files that a file reads in; those of a folder end with a slash."""
    found: list[str] = []
    for stanza in parse(text):
        match stanza.words:
            case ["source", *patterns]:
                found += map(_absolute, patterns)
            case ["source-directory", *folders]:
                found += [_absolute(folder).rstrip("/") + "/*/" for folder in folders]
    return found


def _absolute(path: str) -> str:
    return path if path.startswith("/") else f"{FOLDER}/{path}"


def describes(files: Mapping[str, str], *names: str) -> bool:
    """Tell whether the files describe any of these interfaces."""
    return any(s.of(name) for text in files.values() for s in parse(text) for name in names)


def bridged(files: Mapping[str, str], network: Network) -> dict[str, str]:
    """Give the files with the card as a port of the bridge, which has the card's addresses.

    Only the stanzas of these two and of the card's aliases differ; nothing differs where all is
    as it should be.
    """
    card, bridge = network.interface, network.bridge
    parsed = {path: parse(text) for path, text in files.items()} or {INTERFACES: []}
    everything = [stanza for stanzas in parsed.values() for stanza in stanzas]
    routed = _is_routed(everything, network)
    own = _with_the_address(everything, network)
    moved = tuple(_moved(own, card, bridge)) if own else ()
    have = _with_the_ports(everything, bridge)
    fresh = () if have else (_new_bridge(network, moved, routed=routed),)
    result: dict[str, str] = {}
    for path, stanzas in parsed.items():
        lines: list[Stanza] = []
        for stanza in stanzas:
            if stanza is own:
                lines += [_quiet(stanza, card), *(s for pair in fresh for s in pair)]
                fresh = ()
            elif stanza is have:
                lines.append(_corrected(stanza, network, moved, routed=routed))
                moved = ()
            else:
                lines.append(_renamed(stanza, card, bridge))
        result[path] = render(lines)
    if fresh:
        path = next((p for p, stanzas in parsed.items() if any(s.of(card) for s in stanzas)), "")
        manual = (Stanza(f"\nallow-hotplug {card}\n"), Stanza(f"iface {card} inet manual\n"))
        added = fresh[0] if path else (*manual, *fresh[0])
        path = path or INTERFACES
        gap = "" if not result[path] or result[path].endswith("\n") else "\n"
        result[path] += gap + render([*added])
    return result


def port_of(files: Mapping[str, str], card: str) -> list[str]:
    """Name the bridges and bonds that the files give a card to."""
    found = [s.words[1] for s in _described(files) if _is_port(card, s)]
    own = [s for s in _described(files) if s.of(card)]
    return list(dict.fromkeys([*found, *filter(None, (s.value(*_MASTERS) for s in own))]))


def upon(files: Mapping[str, str], *cards: str) -> list[str]:
    """Give the names of what stands upon cards: aliases as `enp3s0:1`, VLANs as `enp3s0.7`."""
    ends = tuple(f"{card}{mark}" for card in cards for mark in ":.")
    found = [
        s.words[1]
        for s in _described(files)
        if s.words[1].startswith(ends) or s.value(*_RAW_DEVICES) in cards
    ]
    return list(dict.fromkeys(found))


def inheriting(files: Mapping[str, str], *names: str) -> list[str]:
    """Give the heads of stanzas that say of these interfaces what another stanza says."""
    own = [s for s in _described(files) if s.words[1] in names]
    return [" ".join(s.words) for s in own if "inherits" in s.words]


def _described(files: Mapping[str, str]) -> list[Stanza]:
    stanzas = [stanza for text in files.values() for stanza in parse(text)]
    return [s for s in stanzas if s.words[:1] == ["iface"] and len(s.words) > 1]


def _is_port(card: str, stanza: Stanza) -> bool:
    """Whether a bridge, or a bond, has a card: by name, as one of all, by `regex` of names."""
    ports = stanza.value(*_PORTS)
    patterns = " ".join(re.findall(r"\bregex\s(.*?)(?=\bnoregex\b|$)", ports))
    return (
        card in (*ports.split(), *stanza.value(*_SLAVES).split())
        or ("all" in ports.split() and bool(re.match(r"e(th|n|m)|p\d", card)))
        or any(_matches(pattern, card) for pattern in patterns.split())
    )


def _matches(pattern: str, card: str) -> bool:
    try:
        return bool(re.fullmatch(pattern, card))
    except re.error:
        return False


def _speaks(stanza: Stanza, card: str) -> bool:
    """Whether the card has IPv4 by this stanza, of its own and not through a bridge."""
    return stanza.of(card, "inet") and stanza.words[3:4] != ["manual"]


def _with_the_address(stanzas: list[Stanza], network: Network) -> Stanza | None:
    """Give which of the card's stanzas becomes the bridge's; more of them are more addresses."""
    found = [stanza for stanza in stanzas if _speaks(stanza, network.interface)]
    same = [stanza for stanza in found if _address(stanza) == network.address]
    return next(iter([*same, *found]), None)


def _with_the_ports(stanzas: list[Stanza], bridge: str) -> Stanza | None:
    """Give which of the bridge's stanzas says what is in it."""
    found = [stanza for stanza in stanzas if stanza.of(bridge, "inet")]
    ports = [stanza for stanza in found if stanza.value(*_PORTS)]
    return next(iter([*ports, *found]), None)


def _is_routed(stanzas: list[Stanza], network: Network) -> bool:
    """Whether the bridge has the default route: unless another interface has it already."""
    own = (network.interface, network.bridge)
    inet = [s for s in stanzas if s.words[:1] == ["iface"] and s.words[2:3] == ["inet"]]
    ours = any(s.value("gateway") for s in inet if s.words[1] in own)
    return ours or not any(s.value("gateway") for s in inet if s.words[1] not in own)


def _stays(option: str) -> bool:
    """Whether an option is said of the card itself."""
    name, _, rest = " ".join(words_of(option)).partition(" ")
    return bool(_OF_CARD.fullmatch(name)) or (name in _HOOKS and bool(_ON_CARD.search(rest)))


def _quiet(stanza: Stanza, card: str) -> Stanza:
    """Give the card's stanza without addresses: what is said of the card itself stays."""
    kept = tuple(o for o in stanza.options if _stays(o) or words_of(o)[:1] == ["mtu"])
    return Stanza(f"iface {card} inet manual\n", kept, stanza.rest)


def _moved(stanza: Stanza, card: str, bridge: str) -> Iterator[str]:
    """Give what goes from the card's stanza to the bridge's, besides the address."""
    for option in stanza.options:
        if not _stays(option) and words_of(option)[:1] not in [[name] for name in _OF_ADDRESS]:
            line = option if option.endswith("\n") else f"{option}\n"
            yield _with_name(line, card, bridge)


def _renamed(stanza: Stanza, card: str, bridge: str) -> Stanza:
    """Give the card's other addresses to the bridge; every other stanza as it is."""
    words = stanza.words
    also = stanza.of(card, "inet6") or _speaks(stanza, card)
    if also or (words[:1] == ["iface"] and words[1].startswith(f"{card}:")):
        options = tuple(_with_name(o, card, bridge) for o in stanza.options)
        return replace(stanza, head=_with_name(stanza.head, card, bridge), options=options)
    if words and (words[0] == "auto" or words[0].startswith("allow-")):
        return replace(stanza, head=re.sub(rf"(?<=\s){re.escape(card)}(?=:)", bridge, stanza.head))
    return stanza


def _with_name(text: str, card: str, bridge: str) -> str:
    """Put the bridge's name for the card's, as a word or in a name of sysctl's."""
    name = re.escape(card)
    word = rf"(?<![\w.:-]){name}(?![\w.-])"
    return re.sub(rf"{word}|(?<=\.conf\.){name}(?=\.)|(?<=\.neigh\.){name}(?=\.)", bridge, text)


def _new_bridge(network: Network, moved: tuple[str, ...], *, routed: bool) -> tuple[Stanza, Stanza]:
    """Write the bridge's stanza, as in listing 4.1: it has the address."""
    lines = [f"bridge_ports {network.interface}", f"address {network.address}"]
    lines += [f"gateway {network.gateway}"] if routed else []
    options = tuple(f"    {line}\n" for line in (*lines, *_BRIDGE))
    head = Stanza(f"\nauto {network.bridge}\n")
    return head, Stanza(f"iface {network.bridge} inet static\n", (*options, *moved))


def _corrected(stanza: Stanza, network: Network, moved: tuple[str, ...], *, routed: bool) -> Stanza:
    """Give a bridge's stanza with what differs replaced, and nothing else."""
    options = [*stanza.options, *moved]
    head = (
        stanza.head if stanza.words[3:4] == ["static"] else f"iface {network.bridge} inet static\n"
    )
    if not _is_port(network.interface, stanza):
        others = [port for port in stanza.value(*_PORTS).split() if port != "none"]
        line = " ".join(["bridge_ports", *others, network.interface])
        options = [*_without(options, *_PORTS), f"    {line}\n"]
    if _address(stanza) != network.address:
        options = _without(options, "address", "netmask", "broadcast", "network")
        options.append(f"    address {network.address}\n")
    if routed and stanza.value("gateway") != str(network.gateway):
        options = [*_without(options, "gateway"), f"    gateway {network.gateway}\n"]
    return replace(stanza, head=head, options=tuple(options))


def _without(options: list[str], *names: str) -> list[str]:
    return [o for o in options if words_of(o)[:1] not in [[name] for name in names]]


def _address(stanza: Stanza) -> IPv4Interface | None:
    """Read an address, written as ADDRESS/PREFIX or with a netmask apart."""
    address, mask = stanza.value("address"), stanza.value("netmask")
    try:
        return IPv4Interface(f"{address}/{mask}" if mask and "/" not in address else address)
    except ValueError:
        return None
