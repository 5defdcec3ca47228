"""What holds between applications and what runs them: techniques, domUs, order of starts."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from deployments.guest import Application, DomU
from deployments.implied import machine_name
from deployments.problem import Finding, Location, wrong
from deployments.size import MiB, Size
from deployments.text import holds_secret

if TYPE_CHECKING:
    from deployments.model import Environment

DEBIAN = 512 * MiB  # without an engine it fills a third of 1 GiB, and is updated; implied.DISK


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


def _files_of_secrets(environment: Environment) -> Iterator[Finding]:
    """A variable that names the file of a secret does not hold the secret itself."""
    for at, app in enumerate(environment.applications):
        for name, value in app.environment.items():
            stem = name[: -len("_FILE")]
            if name.upper().endswith("_FILE") and holds_secret(stem) and value[:1] != "/":
                message = "a secret does not belong in this file; this variable names a file"
                remedy = "write the file's absolute path in the application, or leave it out"
                yield ("applications", at, "environment", name), wrong(message, remedy=remedy)


def _disks(environment: Environment) -> Iterator[Finding]:
    """A Debian that is made here has room on its disk."""
    debian = {domu.volume: domu.name for domu in environment.domus if domu.root.suite}
    for at, volume in enumerate(environment.storage.volumes):
        if volume.name in debian and volume.size < DEBIAN:
            message = f"{volume.size.text} is too little: the disk of {debian[volume.name]}"
            remedy = f"write `{Size(DEBIAN).text}`, or more where it has an engine"
            yield ("storage", "volumes", at, "size"), wrong(message, remedy=remedy)


def _tarballs(environment: Environment) -> Iterator[Finding]:
    """A tarball is taken as it is."""
    for at, domu in enumerate(environment.domus):
        place: Location = ("domus", at, "root")
        if domu.root.tarball and not domu.root.engine:
            message = "a tarball is taken as it is, with an engine or without"
            yield (*place, "engine"), wrong(message, remedy="take `engine` out")
        if domu.root.tarball and domu.root.packages:
            message = "a tarball is taken as it is, nothing is installed into it"
            remedy = "take `packages` out, or write `suite` instead of `tarball`"
            yield (*place, "packages"), wrong(message, remedy=remedy)


def _engines(environment: Environment) -> Iterator[Finding]:
    """Containers need an engine in their domU."""
    without = {domu.name for domu in environment.domus if not domu.root.engine}
    for at, app in enumerate(environment.applications):
        if app.technique == "container" and app.domu in without:
            message = f"{app.domu} has no engine"
            remedy = "take `engine: false` out of its `root`, or name another domU"
            yield ("applications", at, "domu"), wrong(message, remedy=remedy)


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


CHECKS = (
    _techniques,
    _within_domus,
    _machines_of_their_own,
    _files_of_secrets,
    _disks,
    _tarballs,
    _engines,
    _order,
    _order_of_starts,
)
