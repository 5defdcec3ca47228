"""Taking an environment down: what carries our mark, and only that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Environment
from runs.step import Action, Plan, Step, change, nothing
from tasks.domu import mark_of
from tasks.measure import stop_guest
from tasks.saved_state import FOLDER as STATES
from tasks.secret_disk import FOLDER as SECRETS
from tasks.unikernel_image import IMAGES
from tasks.volume import MARK, LogicalVolume, read_volumes

if TYPE_CHECKING:
    import libvirt


def guests_step(
    environment: Environment,
    connections: Connections,
    say: Callable[[str], None],
    after: Sequence[str] = (),
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
            Action(f"shut down and undefine {name}", partial(end, hypervisor, name, say))
            for name in sorted(ours)
        ]
        return change(f"{len(ours)} guests carry this environment's mark", *actions)

    return Step("guests", "teardown", "server", plan, tuple(after))


def end(hypervisor: libvirt.virConnect, name: str, say: Callable[[str], None]) -> None:
    """Shut a guest down and forget its definition."""
    say(f"shutting down {name}")
    stop_guest(hypervisor, name)
    hypervisor.lookupByName(name).undefine()


def images_step(connections: Connections, after: Sequence[str]) -> Step:
    """Remove the unikernels' images, secrets and saved states from the server."""

    def plan() -> Plan:
        server = connections.server
        there = [folder for folder in (IMAGES, SECRETS, STATES) if server.ask("test", "-d", folder)]
        if not there:
            return nothing("no images of unikernels")
        remove = partial(server.check, "rm", "-rf", "--", *there)
        return change("images are there", Action(f"remove {', '.join(there)}", remove))

    return Step("images", "teardown", "server", plan, tuple(after))


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

    return Step("volumes", "teardown", "server", plan, tuple(after))


def plan_removal(
    environment: Environment, have: dict[str, LogicalVolume], *, data: bool
) -> tuple[list[str], list[str]]:
    """Decide which volumes to remove and which to keep.

    Only volumes that this environment names and that carry our tag are considered. Without
    `data` only what can be made again from elsewhere goes: the archive's copy.
    """
    named = {volume.name for volume in environment.storage.volumes}
    ours = [volume.name for volume in have.values() if volume.ours and volume.name in named]
    archive = environment.archive.volume if environment.archive else None
    remove = [name for name in ours if data or name == archive]
    return remove, [name for name in ours if name not in remove]


def remove_volume(server: Connection, group: str, name: str) -> None:
    """Remove a logical volume, selected by our tag as well as by its name."""
    chosen = f"vg_name={group} && lv_name={name} && lv_tags={{{MARK}}}"
    server.check("lvremove", "--yes", "--select", chosen, group)
