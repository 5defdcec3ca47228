"""What holds between names: each is there once, is free, and names something that is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deployments.problem import Finding, Location, wrong
from spelling import did_you_mean

if TYPE_CHECKING:
    from pydantic_core import PydanticCustomError

    from deployments.model import Environment

# Xen's own name for the server's system, and the server's own logical volumes.
RESERVED_GUESTS = ("Domain-0", "root", "swap")
SERVER_VOLUMES = ("root", "home", "swap")
# lvm(8): names that LVM keeps for itself begin so, or hold one of these.
RESERVED_VOLUMES = ("snapshot", "pvmove")
RESERVED_PARTS = re.compile(
    r"_(c(data|meta|orig|pool|vol)|i(meta|orig)|m(image|log)|pmspare|r(image|meta)|t(data|meta)"
    r"|v(data|origin))"
)
COPIES = "compare-"  # how the names of copies begin that `flows.compare` makes and removes


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
        elif name.startswith(COPIES):
            yield place, _is_a_copys(name)
    for at, volume in enumerate(environment.storage.volumes):
        place = ("storage", "volumes", at, "name")
        if volume.name.startswith(RESERVED_VOLUMES) or RESERVED_PARTS.search(volume.name):
            yield place, wrong("LVM keeps this name for itself", remedy="choose another name")
        elif volume.name.startswith(COPIES):
            yield place, _is_a_copys(volume.name)


def _is_a_copys(name: str) -> PydanticCustomError:
    message = f"`{name}` begins as the names of copies do, which are removed with their data"
    return wrong(message, remedy=f"choose another name, not beginning with `{COPIES}`")


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
            here: Location = ("applications", at, "after", nth)
            yield from _known(here, name, names, "application")
            if name in app.after[:nth]:
                yield here, wrong(f"{name} is there twice", remedy="take one of them out")
    if environment.archive:
        yield from _known(("archive", "volume"), environment.archive.volume, volumes, "volume")


def _device(environment: Environment) -> Iterator[Finding]:
    """A group is not made on a volume of its own."""
    group, device = environment.storage.group, environment.storage.device or ""
    own = (f"/dev/{group}/", f"/dev/mapper/{group.replace('-', '--')}-")
    if device.startswith(own):
        message = f"a volume of the group {group} itself"
        yield ("storage", "device"), wrong(message, remedy="name an empty disk or partition")


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


CHECKS = (_unique_names, _reserved_names, _references, _device, _volume_users)
