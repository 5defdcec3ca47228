"""What holds between the parts of an environment: names, references, addresses, order."""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from deployments.guest import Application, DomU
from deployments.implied import machine_name
from deployments.problem import Finding, Location, wrong
from spelling import did_you_mean

if TYPE_CHECKING:
    from deployments.model import Environment

# Xen's own name for the server's system, and the server's own logical volumes.
RESERVED_GUESTS = ("Domain-0", "root", "swap")
SERVER_VOLUMES = ("root", "home", "swap")
# lvm(8): names that LVM keeps for itself.
RESERVED_VOLUMES = ("snapshot", "pvmove")
DOCKER0 = IPv4Network("172.17.0.0/16")  # Docker's default bridge, in every domU with containers
SMALLEST_NETWORK = 30  # prefix length; smaller networks have no room for gateway and server


def find_all(environment: Environment) -> list[Finding]:
    """Find everything that does not fit together; pure, in no particular order."""
    return [finding for check in CHECKS for finding in check(environment)]


def _unique_names(environment: Environment) -> Iterator[Finding]:
    guests: list[tuple[Location, str]] = [
        (("domus", at, "name"), domu.name) for at, domu in enumerate(environment.domus)
    ]
    # One space of names: unikernels are Xen domains too, and reports name all of them alike.
    guests += [
        (("applications", at, "name"), app.name) for at, app in enumerate(environment.applications)
    ]
    volumes: list[tuple[Location, str]] = [
        (("storage", "volumes", at, "name"), volume.name)
        for at, volume in enumerate(environment.storage.volumes)
    ]
    yield from _repeated(guests)
    yield from _repeated(volumes)


def _repeated(places: list[tuple[Location, str]]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for place, name in places:
        other = first.setdefault(name.casefold(), name)
        if other is name:
            continue
        what = "is there twice" if other == name else f"differs from `{other}` only by case"
        yield place, wrong(f"the name `{name}` {what}", remedy="give each its own name")


def _reserved_names(environment: Environment) -> Iterator[Finding]:
    guests: dict[Location, str] = {
        ("domus", at, "name"): domu.name for at, domu in enumerate(environment.domus)
    }
    for at, app in enumerate(environment.applications):
        guests["applications", at, "name"] = app.name
    for place, name in guests.items():
        if name.casefold() in {taken.casefold() for taken in RESERVED_GUESTS}:
            yield place, wrong(f"the name `{name}` is taken", remedy="choose another name")
    for at, volume in enumerate(environment.storage.volumes):
        if volume.name.startswith(RESERVED_VOLUMES):
            yield (
                ("storage", "volumes", at, "name"),
                wrong("LVM keeps this name for itself", remedy="choose another name"),
            )


def _references(environment: Environment) -> Iterator[Finding]:
    volumes = [volume.name for volume in environment.storage.volumes]
    domus = [domu.name for domu in environment.domus]
    names = [app.name for app in environment.applications]
    for at, domu in enumerate(environment.domus):
        yield from _known(("domus", at, "volume"), domu.volume, volumes, "volume")
    for at, app in enumerate(environment.applications):
        if app.domu is not None:
            yield from _known(("applications", at, "domu"), app.domu, domus, "domU")
        if app.technique == "unikernel":
            for key, volume in app.volumes.items():
                place = ("applications", at, "volumes", key)
                yield from _known(place, volume, volumes, "volume")
        for nth, name in enumerate(app.after):
            yield from _known(("applications", at, "after", nth), name, names, "application")
    if environment.archive:
        yield from _known(("archive", "volume"), environment.archive.volume, volumes, "volume")


def _known(place: Location, name: str, names: list[str], kind: str) -> Iterator[Finding]:
    if name not in names:
        yield place, wrong(f"there is no {kind} `{name}`", remedy=did_you_mean(name, names))


def _volume_users(environment: Environment) -> Iterator[Finding]:
    """A disk belongs to one domU; the server's own volumes to nobody else."""
    disks: dict[str, str] = {}
    users: list[tuple[Location, str, str]] = []
    for at, domu in enumerate(environment.domus):
        disks.setdefault(domu.volume, domu.name)
        users.append((("domus", at, "volume"), domu.volume, domu.name))
    for app_at, app in enumerate(environment.applications):
        place: Location = ("applications", app_at, "volumes")
        users += [((*place, key), volume, app.name) for key, volume in app.volumes.items()]
    if environment.archive:
        users.append((("archive", "volume"), environment.archive.volume, "the archive"))
    for place, volume, user in users:
        whose = (
            "the server's own"
            if volume.casefold() in SERVER_VOLUMES
            else f"the disk of {disks[volume]}"
            if disks.get(volume, user) != user
            else None
        )
        if whose:
            message = f"the volume `{volume}` is {whose}"
            yield place, wrong(message, remedy="name another volume of `storage`")


def _techniques(environment: Environment) -> Iterator[Finding]:
    """Settings that belong to another technique are mistakes, not decoration."""
    for at, app in enumerate(environment.applications):
        for key, message in _misplaced(app):
            remedy = f"the technique is {app.technique}; see `{key}` in the schema"
            yield ("applications", at, key), wrong(message, remedy=remedy)


def _misplaced(app: Application) -> Iterator[tuple[str, str]]:
    unikernel = app.technique == "unikernel"
    if app.technique == "container" and app.domu is None:
        yield "domu", "missing: the domU that runs it"
    if unikernel and app.domu is not None:
        yield "domu", "a unikernel runs in no domU"
    if not unikernel and app.toolchain is not None:
        yield "toolchain", "only unikernels have a toolchain"
    if unikernel and app.toolchain is None:
        yield "toolchain", "a unikernel needs a toolchain"
    if not unikernel and app.type is not None:
        yield "type", "only unikernels are guests of their own with a type"
    if not unikernel and app.start == "restored":
        yield "start", "only unikernels can be restored"
    yield from _of_its_toolchain(app)


def _of_its_toolchain(app: Application) -> Iterator[tuple[str, str]]:
    if app.toolchain == "ops" and app.type == "pv":
        yield "type", "what ops builds boots as pvh only"
    if app.toolchain != "unik":
        return
    # Its daemon starts them, and takes no word of these.
    if app.type != "pv":
        yield "type", "what UniK builds boots as pv only"
    if app.vcpus != 1:
        yield "vcpus", "UniK's daemon gives each of its instances one processor"
    if app.start == "restored":
        yield "start", "UniK's daemon boots its instances; it restores none"


def _within_domus(environment: Environment) -> Iterator[Finding]:
    """What a container is given lies within what its domU has."""
    domus = {domu.name: domu for domu in environment.domus}
    for at, app in enumerate(environment.applications):
        domu = domus.get(app.domu or "")
        if domu and app.vcpus and app.vcpus > domu.vcpus:
            yield _more_than(domu, ("applications", at, "vcpus"), str(domu.vcpus))
        if domu and app.memory and app.memory > domu.memory:
            most = f"{domu.memory // 2**20} MiB"
            yield _more_than(domu, ("applications", at, "memory"), most)


def _more_than(domu: DomU, place: Location, most: str) -> Finding:
    message = f"more than its domU {domu.name} has, {most}"
    return place, wrong(message, remedy=f"write at most {most}, or give {domu.name} more")


def _machines_of_their_own(environment: Environment) -> Iterator[Finding]:
    """An application that is a virtual machine shares its domU, and its address, with nobody."""
    domus = {domu.name: domu for domu in environment.domus}
    taken = {*domus, *(app.name for app in environment.applications)}
    taken |= {volume.name for volume in environment.storage.volumes}
    for at, app in enumerate(environment.applications):
        if app.technique != "vm":
            continue
        place: Location = ("applications", at, "domu")
        if app.domu is None:
            if (name := machine_name(app)) in taken:
                message = f"its domU and volume would be called `{name}`, which is taken"
                yield place, wrong(message, remedy="name a domU of its own as `domu`")
            continue
        if others := [o.name for o in environment.applications if o.domu == app.domu and o != app]:
            message = f"{app.domu} runs {others[0]} as well"
            yield place, wrong(message, remedy="give it a domU of its own, or leave `domu` out")
        domu = domus.get(app.domu)
        if domu and domu.address.ip != app.address:
            message = f"not the address of its domU {domu.name}"
            yield (
                ("applications", at, "address"),
                wrong(message, remedy=f"write {domu.address.ip}, or leave `domu` out"),
            )


def _engines(environment: Environment) -> Iterator[Finding]:
    """Containers need an engine in their domU."""
    without = {domu.name for domu in environment.domus if not domu.root.engine}
    for at, domu in enumerate(environment.domus):
        if domu.name in without and domu.root.tarball:
            place: Location = ("domus", at, "root", "engine")
            message = "a tarball is taken as it is, with an engine or without"
            yield place, wrong(message, remedy="take `engine` out")
    for at, app in enumerate(environment.applications):
        if app.technique == "container" and app.domu in without:
            message = f"{app.domu} has no engine"
            remedy = "take `engine: false` out of its `root`, or name another domU"
            yield ("applications", at, "domu"), wrong(message, remedy=remedy)


def _network(environment: Environment) -> Iterator[Finding]:
    network = environment.network.address.network
    place: Location = ("network", "address")
    if network.prefixlen > SMALLEST_NETWORK or network.prefixlen < 8:
        yield place, wrong("the prefix length is out of range", remedy="write 8 to 30")
    elif network.is_loopback or network.is_multicast or network.is_link_local:
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


def _order(environment: Environment) -> Iterator[Finding]:
    yield from _circle(environment, {app.name: app.name for app in environment.applications})


def _order_of_starts(environment: Environment) -> Iterator[Finding]:
    """The containers of a domU are started together: none between two of them."""
    if any(_order(environment)):
        return
    together = {app.name: app.domu or app.name for app in environment.applications}
    yield from _circle(environment, together)


def _circle(environment: Environment, started_with: dict[str, str]) -> Iterator[Finding]:
    """Find a circle between what is started at once: application's name to what it is part of."""
    graph: dict[str, set[str]] = {}
    for app in environment.applications:
        own = started_with[app.name]
        before = {started_with[name] for name in app.after if name in started_with}
        within = before - {own} if own != app.name else before
        graph.setdefault(own, set()).update(within)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        circle = list(reversed(error.args[1]))
        at = next(
            index
            for index, app in enumerate(environment.applications)
            if started_with[app.name] in circle and app.after
        )
        yield (
            ("applications", at, "after"),
            wrong(
                f"the start order goes in a circle: {' after '.join(circle)}",
                remedy="take one of them out of `after`",
            ),
        )


CHECKS: tuple[Callable[[Environment], Iterator[Finding]], ...] = (
    _unique_names,
    _reserved_names,
    _references,
    _volume_users,
    _techniques,
    _within_domus,
    _machines_of_their_own,
    _engines,
    _network,
    _addresses,
    _order,
    _order_of_starts,
)
