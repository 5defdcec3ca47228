"""The server's bridge: listing 4.1 of the thesis, changed so that nobody is locked out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from ipaddress import IPv4Interface

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Network
from errors import EposVirtError
from runs.patience import stretched
from runs.step import Action, Plan, Step, change, nothing
from runs.telling import tell
from runs.wait import StillWaiting, wait_until
from tasks import step_names

INTERFACES = "/etc/network/interfaces"
BEFORE = "/etc/network/interfaces.before-epos-virt"
WANTED = "/run/epos-virt/interfaces"
APPLY = "/run/epos-virt/apply"
RESTORE = "/run/epos-virt/restore"
FALLBACK = "epos-virt-network-fallback"
FALLBACK_AFTER = 120  # seconds until the old configuration comes back by itself
LINKS = ("ip", "-j", "link", "show")
ADDRESSES = ("ip", "-j", "-4", "address", "show")
LOOKS = (("cat", INTERFACES), LINKS, ADDRESSES)  # what the step asks

APPLY_SCRIPT = """#!/bin/sh
# Written by epos-virt: switch to the new network configuration.
ifdown --all --exclude=lo
ip address flush dev "$1"
ip link delete "$2" type bridge 2>/dev/null
cp /run/epos-virt/interfaces /etc/network/interfaces
ifup --all
"""
RESTORE_SCRIPT = """#!/bin/sh
# Written by epos-virt: nobody proved the new network configuration, go back to the old one.
ifdown --all --exclude=lo
ip link delete "$2" type bridge 2>/dev/null
cp /etc/network/interfaces.before-epos-virt /etc/network/interfaces
ifup --all
"""


def interfaces_file(network: Network) -> str:
    """Write /etc/network/interfaces as in listing 4.1: the bridge has the address."""
    address = network.address
    return f"""# Written by epos-virt from the environment's `network`; a copy of what was
# here before is {BEFORE}.
source /etc/network/interfaces.d/*

auto lo
iface lo inet loopback

allow-hotplug {network.interface}
iface {network.interface} inet manual

auto {network.bridge}
iface {network.bridge} inet static
    bridge_ports {network.interface}
    address {address.ip}
    netmask {address.netmask}
    broadcast {address.network.broadcast_address}
    gateway {network.gateway}
    bridge_stp off
    bridge_waitport 0
    bridge_fd 0
"""


def bridge_step(network: Network, connections: Connections, after: Sequence[str]) -> Step:
    """Put the server's card into the bridge, and the server's address on it."""

    def plan() -> Plan:
        server = connections.server
        reasons = plan_bridge(
            server.read(INTERFACES), read_ports(server), read_addresses(server), network
        )
        if not reasons:
            return nothing(f"{network.bridge} on {network.interface} has {network.address}")
        return change(
            "; ".join(reasons),
            Action(
                f"write {INTERFACES} and switch to it, back after {FALLBACK_AFTER} s "
                "unless a new connection proves it",
                partial(switch_network, server, network),
            ),
        )

    return Step(step_names.bridge(network.bridge), "prepare_host", "server", plan, tuple(after))


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
    file: str | None,
    ports: dict[str, str],
    addresses: dict[str, list[IPv4Interface]],
    network: Network,
) -> list[str]:
    """Decide what differs; one reason for each difference."""
    reasons = []
    if file != interfaces_file(network):
        reasons.append(f"{INTERFACES} differs")
    if ports.get(network.interface) != network.bridge:
        reasons.append(f"{network.interface} is not a port of {network.bridge}")
    if network.address not in addresses.get(network.bridge, []):
        reasons.append(f"{network.bridge} has not {network.address}")
    return reasons


def switch_network(server: Connection, network: Network) -> None:
    """Apply the new configuration, prove it by a new connection, else let it fall back.

    Raises:
        EposVirtError: the server did not answer over the new network; the old one is back.
    """
    check_interface(server, network.interface)
    if server.read(BEFORE) is None:
        server.check("cp", "-a", INTERFACES, BEFORE)
    server.write(WANTED, interfaces_file(network))
    server.write(APPLY, APPLY_SCRIPT, mode="0755")
    server.write(RESTORE, RESTORE_SCRIPT, mode="0755")
    server.run("systemctl", "stop", f"{FALLBACK}.timer")
    names = (network.interface, network.bridge)
    after = round(stretched(FALLBACK_AFTER))
    server.check(
        *("systemd-run", "--collect", f"--unit={FALLBACK}", f"--on-active={after}"),
        *("--timer-property=AccuracySec=1s", "/bin/sh", RESTORE, *names),
    )
    tell("switching the network over")
    server.check("systemd-run", "--collect", "--no-block", "/bin/sh", APPLY, *names)
    server.close()
    try:
        wait_until(
            lambda: server.answers() and network.address in _bridge_addresses(server, network),
            what=f"a new connection to {server.name} over {network.bridge}",
            within=FALLBACK_AFTER * 0.75,
            remedy="wait for the fall-back",
            every=1,
        )
    except StillWaiting as error:
        server.close()
        wait_until(
            server.answers,
            what=f"the fall-back of {server.name} to its old network",
            within=FALLBACK_AFTER,
            every=2,
            remedy=f"log in on the console of {server.name}; {BEFORE} holds the old configuration",
        )
        raise EposVirtError(
            f"{server.name}: the new network configuration did not work; the old one is back",
            seen=error.seen,
            remedy="compare `network` in the environment with the server's own: card, address, "
            "gateway",
        ) from error
    server.check("systemctl", "stop", f"{FALLBACK}.timer")


def _bridge_addresses(server: Connection, network: Network) -> list[IPv4Interface]:
    return read_addresses(server).get(network.bridge, [])


def check_interface(server: Connection, interface: str) -> None:
    """Refuse to change the network for a card that the server does not have.

    Raises:
        EposVirtError: lists the cards it has.
    """
    links = json.loads(server.check(*LINKS))
    names = [link["ifname"] for link in links if link["ifname"] != "lo"]
    if interface not in names:
        raise EposVirtError(
            f"{server.name} has no network card {interface}",
            seen=f"it has {', '.join(names) or 'none'}",
            remedy="write the right one as `network.interface` in the environment",
        )
