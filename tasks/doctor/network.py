"""The server's network: the card and who configures it, addresses in use, names, mirrors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from ipaddress import IPv4Address
from urllib.parse import urlsplit

from blocks.connection import Connection
from deployments.load import where
from deployments.model import Environment
from deployments.problem import Location
from tasks.doctor.finding import Finding, fails, note, works
from tasks.server.bridge import plan_bridge, read_addresses, read_ports
from tasks.server.configuration import LINKS, read_configuration
from tasks.server.packages import SERVER_PACKAGES, plan_packages, read_packages

# Its arguments are addresses: prints those that answer, all asked at once.
PING = """\
for address in "$@"; do
    ping -n -c 2 -W 2 "$address" >/dev/null 2>&1 && echo "$address" &
done
wait
"""
TARGETS = (
    *("apt-get", "indextargets", "--no-release-info", "--format"),
    *("$(REPO_URI)|$(RELEASE)", "Created-By: Packages"),
)
PROXY = ("apt-config", "shell", "PROXY", "Acquire::http::Proxy")
# What apt fetches is kept in memory, and for as long as it is looked at.
FETCH = ("env", "TMPDIR=/dev/shm", "timeout", "30", "/usr/lib/apt/apt-helper", "cat-file")


def card(server: Connection, environment: Environment) -> Iterator[Finding]:
    """Look at the card, who configures it, and what would be changed."""
    network = environment.network
    files = read_configuration(server, network)
    ports, addresses = read_ports(server), read_addresses(server)
    has = ", ".join(map(str, addresses.get(network.interface, []))) or "no address of its own"
    yield works("card", f"{network.interface} has {has}, is configured by {files.manager}")
    if differs := plan_bridge(files, ports, addresses, network):
        yield note(
            "bridge",
            f"would be made: {'; '.join(differs)}",
            "prepare-host --plan --only bridge shows the lines that change",
        )
    else:
        yield works("bridge", f"{network.bridge} on {network.interface} has {network.address}")
    reached = [one.ip for many in addresses.values() for one in many]
    if network.address.ip not in reached:
        yield note(
            "own address",
            f"no card has {network.address.ip} now: after the switch the server is reached there",
            f"is it one that you reach it by? {where(environment, ('network', 'address'))}",
        )


def in_use(server: Connection, environment: Environment) -> Iterator[Finding]:
    """Ask for the addresses that will be given away: does anybody have them?"""
    network = environment.network.address.network
    if not any(one.ip in network for many in read_addresses(server).values() for one in many):
        yield note("addresses", f"the server is not in {network} yet: nobody there can be asked")
        return
    given = addresses_given(environment)
    answer = server.run("sh", "-c", PING, "sh", *(str(a) for a in given), timeout=120).stdout
    answering = {IPv4Address(line) for line in answer.split()}
    ours = _running(server)
    for address in sorted(answering):
        place, owner = given[address]
        if owner not in ours:
            yield fails(
                "addresses",
                f"somebody answers on {address} already",
                f"give {owner} another one: {where(environment, place)}",
            )
    free = len(given) - len(answering)
    yield works("addresses", f"{free} of {len(given)} are free, the others may be this one's own")


def addresses_given(environment: Environment) -> dict[IPv4Address, tuple[Location, str]]:
    """Give each address with its place in the file, and the guest of Xen behind it."""
    found: dict[IPv4Address, tuple[Location, str]] = {}
    for at, domu in enumerate(environment.domus):
        found[domu.address.ip] = (("domus", at, "address"), domu.name)
    for at, app in enumerate(environment.applications):
        found.setdefault(app.address, (("applications", at, "address"), app.domu or app.name))
    return found


def _running(server: Connection) -> set[str]:
    """Give the names of the guests that run: `xl list` has a line of titles first."""
    return {line.split()[0] for line in server.run("xl", "list").stdout.splitlines()[1:] if line}


def packages(server: Connection) -> Iterator[Finding]:
    """Look what is missing, and whether a mirror that has it answers."""
    missing = plan_packages(read_packages(server, SERVER_PACKAGES), SERVER_PACKAGES)
    if not missing:
        yield works("packages", f"all {len(SERVER_PACKAGES)} are installed")
        return
    yield works("packages", f"{len(missing)} would be installed: {', '.join(missing)}")
    yield from mirrors(server)


def mirrors(server: Connection) -> Iterator[Finding]:
    """Look whether the names of mirrors resolve and one of these answers; with apt's own means."""
    lines = server.run(*TARGETS).stdout.splitlines()
    found = dict.fromkeys(tuple(line.split("|", 1)) for line in lines if "|" in line)
    sources = [(url, release) for url, release in found if url.startswith("http")]
    if not sources:
        yield fails("mirror", "apt has no source on the network", "write one: sources.list(5)")
        return
    proxy = re.search(r"PROXY='?([^'\n]+)", server.run(*PROXY).stdout)
    if not proxy:
        yield from names(server, sorted({urlsplit(url).hostname or "" for url, _ in sources}))
    answered, silent = list[str](), list[str]()
    for url, release in sources:
        file = f"{url.rstrip('/')}/dists/{release}/InRelease"
        (answered if server.run(*FETCH, file).status == 0 else silent).append(f"{url} {release}")
    through = f", through {proxy[1]}" if proxy else ""
    if answered:
        yield works("mirror", f"{', '.join(answered)} answers{through}")
    if silent:
        tell = note if answered else fails
        yield tell(
            "mirror",
            f"{', '.join(silent)} does not answer{through}",
            "on the server: apt-get update says why; is a proxy needed, or missing "
            "(Acquire::http::Proxy)?",
        )


def names(server: Connection, hosts: list[str]) -> Iterator[Finding]:
    """Look names up on the server."""
    unknown = [host for host in hosts if server.run("getent", "ahosts", host).status]
    if unknown:
        yield fails(
            "names",
            f"the server finds no address of {', '.join(unknown)}",
            "see its /etc/resolv.conf: does it name a server that answers?",
        )
    else:
        yield works("names", f"the server finds {', '.join(hosts)}")


def gateway(server: Connection, environment: Environment) -> Iterator[Finding]:
    """Ask whether the environment's gateway answers."""
    address = str(environment.network.gateway)
    if address not in server.run("sh", "-c", PING, "sh", address, timeout=60).stdout.split():
        yield note(
            "gateway",
            f"{address} does not answer a ping",
            f"is it the right one? {where(environment, ('network', 'gateway'))}",
        )
        return
    yield works("gateway", f"{address} answers")


def carrier(server: Connection, environment: Environment) -> Iterator[Finding]:
    """Look whether the card has a link."""
    links = {link["ifname"]: link for link in json.loads(server.check(*LINKS))}
    state = links.get(environment.network.interface, {}).get("flags", [])
    if "NO-CARRIER" in state:
        yield fails(
            "link", f"{environment.network.interface} has none (NO-CARRIER)", "plug its cable in"
        )
