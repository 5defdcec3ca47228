"""Taking an environment down: what carries our mark, and only that."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from blocks.connections import Connections
from deployments.model import Environment
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names
from tasks.guest.description import mark_of
from tasks.server.volume import LogicalVolume, read_volumes, remove_volume
from tasks.techniques.removal import take_down


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
            Action(
                f"shut down and undefine {name}", partial(take_down, environment, connections, name)
            )
            for name in sorted(ours)
        ]
        return change(f"{len(ours)} guests carry this environment's mark", *actions)

    return Step(step_names.GUESTS, "teardown", "server", plan, tuple(after))


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
