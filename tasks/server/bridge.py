"""The server's bridge: listing 4.1 of the thesis, changed so that nobody is locked out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from ipaddress import IPv4Interface

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Network
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names
from tasks.server import configuration
from tasks.server.configuration import LINKS, CardConfiguration, read_configuration
from tasks.server.switch import FALLBACK_AFTER, switch_network

ADDRESSES = ("ip", "-j", "-4", "address", "show")
LOOKS = (*configuration.LOOKS, ADDRESSES)  # what the step asks


def bridge_step(network: Network, connections: Connections, after: Sequence[str]) -> Step:
    """Put the server's card into the bridge, and the server's address on it."""

    def plan() -> Plan:
        server = connections.server
        files = read_configuration(server, network)
        reasons = plan_bridge(files, read_ports(server), read_addresses(server), network)
        if not reasons:
            return nothing(f"{network.bridge} on {network.interface} has {network.address}")
        return change("; ".join(reasons), _action(server, network, files))

    return Step(step_names.bridge(network.bridge), "prepare_host", "server", plan, tuple(after))


def _action(server: Connection, network: Network, files: CardConfiguration) -> Action:
    written = ", ".join(files.differing)
    return Action(
        f"{f'write {written} and s' if written else 's'}witch to it, back after {FALLBACK_AFTER} s "
        "unless a new connection proves it",
        partial(
            switch_network,
            server,
            network,
            files,
            lambda: network.address in read_addresses(server).get(network.bridge, []),
        ),
        files.difference(),
    )


def read_ports(server: Connection) -> dict[str, str]:
    """Read which interface is a port of which bridge, from `ip -j link`."""
    links = json.loads(server.check(*LINKS))
    return {link["ifname"]: link["master"] for link in links if "master" in link}


def read_addresses(server: Connection) -> dict[str, list[IPv4Interface]]:
    """Read every interface's IPv4 addresses, from `ip -j -4 address`."""
    shown = json.loads(server.check(*ADDRESSES))
    return {
        link["ifname"]: [
            IPv4Interface(f"{info['local']}/{info['prefixlen']}") for info in link["addr_info"]
        ]
        for link in shown
        if link
    }


def plan_bridge(
    files: CardConfiguration,
    ports: dict[str, str],
    addresses: dict[str, list[IPv4Interface]],
    network: Network,
) -> list[str]:
    """Decide what differs; one reason for each difference."""
    reasons = [f"{path} differs" for path in files.differing]
    if ports.get(network.interface) != network.bridge:
        reasons.append(f"{network.interface} is not a port of {network.bridge}")
    if network.address not in addresses.get(network.bridge, []):
        reasons.append(f"{network.bridge} has not {network.address}")
    return reasons
