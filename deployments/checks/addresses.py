"""What holds between addresses: each is in the network, free, and one that machines can have."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from deployments.guest import DomU
from deployments.problem import Finding, Location, wrong

if TYPE_CHECKING:
    from deployments.model import Environment

DOCKER0 = IPv4Network("172.17.0.0/16")  # Docker's default bridge, in every domU with containers
# No machine has an address of these: this network, loopback, link-local, reserved (RFC 6890).
NOBODYS = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "240.0.0.0/4")))
SMALLEST_NETWORK = 30  # prefix length; smaller networks have no room for gateway and server


def _network(environment: Environment) -> Iterator[Finding]:
    network = environment.network.address.network
    place: Location = ("network", "address")
    if network.prefixlen > SMALLEST_NETWORK or network.prefixlen < 8:
        yield place, wrong("the prefix length is out of range", remedy="write 8 to 30")
    elif any(network.overlaps(nobodys) for nobodys in NOBODYS) or network.is_multicast:
        yield place, wrong(f"{network} is no network of hosts", remedy="write the server's own")
    elif network.overlaps(DOCKER0):
        yield (
            place,
            wrong(
                f"{network} overlaps Docker's own network {DOCKER0}", remedy="use another network"
            ),
        )
    if environment.network.bridge == environment.network.interface:
        yield (
            ("network", "interface"),
            wrong("the bridge cannot be its own port", remedy="write the network card's name"),
        )
    if "." in environment.network.bridge:
        message = "a name with a point is that of a VLAN"
        yield ("network", "bridge"), wrong(message, remedy="write one without, such as `xenbr0`")


def _addresses(environment: Environment) -> Iterator[Finding]:
    network = environment.network
    used: dict[IPv4Address, str] = {}
    taken: list[tuple[Location, IPv4Address, str]] = [
        (("network", "gateway"), network.gateway, "the gateway"),
        (("network", "address"), network.address.ip, "the server"),
    ]
    # It may be the gateway's, and the server's own; what is made here answers no names.
    used |= dict.fromkeys(network.dns, "a name server")
    for at, domu in enumerate(environment.domus):
        taken.append((("domus", at, "address"), domu.address.ip, domu.name))
    for at, app in enumerate(environment.applications):
        if app.technique != "vm" or app.domu is None:  # else it has the address of its domU
            taken.append((("applications", at, "address"), app.address, app.name))
    served = {network.gateway, network.address.ip} & used.keys()
    used = {address: owner for address, owner in used.items() if address not in served}
    for place, address, owner in taken:
        yield from _usable(place, address, network.address.network)
        other = used.setdefault(address, owner)
        if other is not owner:
            yield (
                place,
                wrong(f"{address} is already the address of {other}", remedy="give it its own"),
            )
    for at, domu in enumerate(environment.domus):
        yield from _same_network(("domus", at), domu, network.address.network)


def _name_servers(environment: Environment) -> Iterator[Finding]:
    network = environment.network.address.network
    places: list[tuple[Location, tuple[IPv4Address, ...]]] = [
        (("network", "dns"), environment.network.dns)
    ]
    places += [(("domus", at, "dns"), domu.dns) for at, domu in enumerate(environment.domus)]
    for place, servers in places:
        for nth, one in enumerate(servers):
            here = (*place, nth)
            if one in servers[:nth]:
                yield here, wrong(f"{one} is there twice", remedy="take one of them out")
            elif one in network:
                yield from _usable(here, one, network)
            elif one.is_link_local:
                continue  # some clouds answer names there
            elif one.is_multicast or any(one in nobodys for nobodys in NOBODYS):
                message = f"{one} is the address of no name server that guests reach"
                yield here, wrong(message, remedy="write one of your network's")


def _way_to_the_server(environment: Environment) -> Iterator[Finding]:
    """The server is not reached at an address that is given to a guest."""
    ssh = environment.server.ssh
    if ssh is None or ssh.config is not None:
        return
    guests = {str(domu.address.ip): domu.name for domu in environment.domus}
    guests |= {str(app.address): app.name for app in environment.applications}
    if owner := guests.get(ssh.host):
        message = f"{ssh.host} is the address of {owner}"
        yield ("server", "ssh", "host"), wrong(message, remedy="write the server's own")


def _gateways(environment: Environment) -> Iterator[Finding]:
    """No application leads out of the network, and no domU out through itself."""
    applications = {app.address: app.name for app in environment.applications}
    for at, domu in enumerate(environment.domus):
        if domu.gateway == environment.network.gateway:
            continue  # who has that address is told to give it back
        owner = applications.get(domu.gateway)
        if domu.gateway == domu.address.ip:
            owner = domu.name
        if owner:
            message = f"{domu.gateway} is the address of {owner}, no gateway"
            remedy = f"write your network's, {environment.network.gateway}"
            yield ("domus", at, "gateway"), wrong(message, remedy=remedy)


def _usable(place: Location, address: IPv4Address, network: IPv4Network) -> Iterator[Finding]:
    hosts = f"{network.network_address + 1} to {network.broadcast_address - 1}"
    if address not in network:
        yield place, wrong(f"{address} is outside the network {network}", remedy=f"use {hosts}")
    elif address in (network.network_address, network.broadcast_address):
        kind = "network" if address == network.network_address else "broadcast"
        yield place, wrong(f"{address} is the {kind} address of {network}", remedy=f"use {hosts}")


def _same_network(place: Location, domu: DomU, network: IPv4Network) -> Iterator[Finding]:
    if domu.address.ip in network and domu.address.network != network:
        yield (
            (*place, "address"),
            wrong(
                f"the prefix length differs from the network's, {network}",
                remedy=f"write `{domu.address.ip}/{network.prefixlen}`",
            ),
        )
    yield from _usable((*place, "gateway"), domu.gateway, network)


CHECKS = (_network, _addresses, _name_servers, _way_to_the_server, _gateways)
