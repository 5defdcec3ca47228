"""Taking an environment down: what carries our mark, and only that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Environment
from runs.step import Action, Plan, Step, change, nothing
from runs.telling import tell
from tasks import step_names
from tasks.application import described
from tasks.content import KEY_LENGTH
from tasks.guest.description import mark_in, mark_of
from tasks.guest.shutdown import stop_guest
from tasks.server.group import MARK
from tasks.server.volume import LogicalVolume, read_volumes
from tasks.unikernel.hosted_instance import Hosted, hosting
from tasks.unikernel.image import IMAGES, files_in
from tasks.unikernel.saved_state import FOLDER as STATES
from tasks.unikernel.secret_disk import FOLDER as SECRETS

if TYPE_CHECKING:
    import libvirt


def guests_step(
    environment: Environment, connections: Connections, after: Sequence[str] = ()
) -> Step:
    """Shut down and undefine every guest of this environment."""

    def plan() -> Plan:
        hypervisor = connections.hypervisor()
        ours = [
            domain.name()
            for domain in hypervisor.listAllDomains()
            if domain.name() != "Domain-0"
            and mark_of(domain).get("environment") == environment.name
        ]
        if not ours:
            return nothing("no guest carries this environment's mark")
        actions = [
            Action(f"shut down and undefine {name}", partial(end, hypervisor, name))
            for name in sorted(ours)
        ]
        return change(f"{len(ours)} guests carry this environment's mark", *actions)

    return Step(step_names.GUESTS, "teardown", "server", plan, tuple(after))


def end(hypervisor: libvirt.virConnect, name: str) -> None:
    """Shut a guest down and forget its definition."""
    tell(f"shutting down {name}")
    stop_guest(hypervisor, name)
    hypervisor.lookupByName(name).undefine()


def hosted_steps(
    environment: Environment, connections: Connections, after: Sequence[str]
) -> list[Step]:
    """Remove what toolchains' daemons host of this environment; no step where none hosts any.

    A daemon is asked only where an application names its toolchain. It keeps no mark of an
    environment: ours is what has an application's name and an image of its sources.
    """
    hosted = [
        Hosted(environment, application, chain, connections)
        for application in environment.unikernels
        if (chain := hosting(application))
    ]

    def plan() -> Plan:
        actions = [
            Action(f"remove {one.name} of {one.image}", partial(hosts.chain.remove, one))
            for hosts in hosted
            if (one := hosts.look()) and hosts.is_ours(one)
        ]
        if not actions:
            return nothing("no daemon has an instance of this environment")
        return change(f"{len(actions)} instances are this environment's", *actions)

    return [Step(step_names.HOSTED, "teardown", "server", plan, tuple(after))] if hosted else []


def files_step(environment: Environment, connections: Connections, after: Sequence[str]) -> Step:
    """Remove the images, secrets and saved states of this environment's unikernels."""

    def plan() -> Plan:
        server, hypervisor = connections.server, connections.hypervisor()
        ours: set[str] = set()
        others: set[str] = set()
        for domain in hypervisor.listAllDomains():
            description = domain.XMLDesc()
            own = mark_in(description).get("environment") == environment.name
            (ours if own else others).update(files_in(description))
        there = server.run("find", IMAGES, SECRETS, STATES, "-type", "f").stdout.splitlines()
        named = file_names(environment)
        remove = [path for path in there if path in ours or named.fullmatch(path)]
        remove = sorted(set(remove) - others)
        if not remove:
            return nothing("no images, secrets or states of this environment")
        return change(
            "no guest of another environment is defined with them",
            Action(f"remove {', '.join(remove)}", partial(server.check, "rm", "-f", "--", *remove)),
        )

    return Step(step_names.FILES, "teardown", "server", plan, tuple(after))


def file_names(environment: Environment) -> re.Pattern[str]:
    """Give what fits the paths of the files of an environment's unikernels.

    An image is filed under its content, and is any environment's that has such an application.
    """
    unikernels = environment.by_technique("unikernel")
    images = _one_of(described(environment, unikernel).name for unikernel in unikernels)
    guests = _one_of(unikernel.name for unikernel in unikernels)
    ours, key = re.escape(environment.name), f"[0-9a-f]{{{KEY_LENGTH}}}"
    return re.compile(
        rf"{IMAGES}/{images}-{key}\.(kernel|root)"
        rf"|{SECRETS}/{ours}-{guests}-{key}\.squashfs"
        rf"|{STATES}/{ours}-{key}-{guests}\.state"
    )


def _one_of(names: Iterable[str]) -> str:
    return f"({'|'.join(map(re.escape, names))})"


def volumes_step(
    environment: Environment, connections: Connections, after: Sequence[str], *, data: bool
) -> Step:
    """Remove logical volumes of ours: the archive's, and with `data` all that this one names."""
    group = environment.storage.group

    def plan() -> Plan:
        server = connections.server
        remove, keep = plan_removal(environment, read_volumes(server, group), data=data)
        kept = f"; kept, for they may hold data: {', '.join(keep)}" if keep else ""
        if not remove:
            return nothing(f"nothing to remove{kept}")
        actions = [
            Action(f"lvremove {group}/{name}", partial(remove_volume, server, group, name))
            for name in remove
        ]
        return change(f"{', '.join(remove)} carry our mark{kept}", *actions)

    return Step(step_names.VOLUMES, "teardown", "server", plan, tuple(after))


def plan_removal(
    environment: Environment, have: dict[str, LogicalVolume], *, data: bool
) -> tuple[list[str], list[str]]:
    """Decide which volumes to remove and which to keep.

    Only volumes that this environment names and that carry our tag, and no other environment's,
    are considered. Without `data` only what can be made again from elsewhere goes: the archive's
    copy.
    """
    named = {volume.name for volume in environment.storage.volumes}
    ours = [
        volume.name
        for volume in have.values()
        if volume.name in named and volume.ours and not volume.of_another(environment.name)
    ]
    archive = environment.archive.volume if environment.archive else None
    remove = [name for name in ours if data or name == archive]
    return remove, [name for name in ours if name not in remove]


def remove_volume(server: Connection, group: str, name: str) -> None:
    """Remove a logical volume, selected by our tag as well as by its name."""
    chosen = f"vg_name={group} && lv_name={name} && lv_tags={{{MARK}}}"
    server.check("lvremove", "--yes", "--select", chosen, group)
