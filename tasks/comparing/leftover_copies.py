"""Copies that are of no use any more: guests, volumes and containers that compared techniques."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from blocks.connections import Connections
from deployments.model import Environment
from runs.step import Action, Plan, Step, change, nothing
from tasks.comparing.copies import PREFIX
from tasks.container.compose_file import container_name
from tasks.container.engine import ENVIRONMENT_LABEL, asking
from tasks.guest.description import mark_of, read_domain
from tasks.server.volume import LogicalVolume, read_volumes, remove_volume


def copies_step(
    environment: Environment,
    connections: Connections,
    name: str,
    group: str,
    after: Sequence[str],
    *,
    engines: Sequence[str] = (),
) -> Step:
    """Remove the copies that the environment does not name.

    Args:
        environment: what may stay is named there.
        connections: the run's connections.
        name: of the step.
        group: the flow it belongs to.
        after: steps to wait for.
        engines: domUs whose containers and volumes are looked at as well.
    """

    def plan() -> Plan:
        actions = [*_guests(environment, connections), *_volumes(environment, connections)]
        for domu in engines:
            actions += _in_engine(environment, connections, domu)
        return change("copies that were compared", *actions) if actions else nothing("no copies")

    return Step(name, group, "server", plan, tuple(after))


def _guests(environment: Environment, connections: Connections) -> list[Action]:
    hypervisor = connections.hypervisor()
    named = {domu.name for domu in environment.domus}
    named |= {app.name for app in environment.applications}
    found = sorted(
        domain.name()
        for domain in hypervisor.listAllDomains()
        if domain.name().startswith(PREFIX)
        and domain.name() not in named
        and mark_of(domain).get("environment") == environment.name
    )

    def end(name: str) -> None:
        if (domain := read_domain(hypervisor, name)) is None:
            return
        if domain.isActive():
            domain.destroy()  # it has nothing to lose
        domain.undefine()

    return [Action(f"end and undefine {name}", partial(end, name)) for name in found]


def _volumes(environment: Environment, connections: Connections) -> list[Action]:
    server, group = connections.server, environment.storage.group
    named = {volume.name for volume in environment.storage.volumes}

    def ours(volume: LogicalVolume) -> bool:
        return volume.ours and not volume.of_another(environment.name)

    there = read_volumes(server, group).values()
    found = [v.name for v in there if v.name.startswith(PREFIX) and v.name not in named and ours(v)]
    return [
        Action(f"lvremove {group}/{name}", partial(remove_volume, server, group, name))
        for name in sorted(found)
    ]


def _in_engine(environment: Environment, connections: Connections, domu: str) -> list[Action]:
    """Name the containers and named volumes of copies; an engine removes both for us."""
    engine = connections.engine(domu)
    ours: dict[str, str | list[str] | bool] = {"label": f"{ENVIRONMENT_LABEL}={environment.name}"}
    prefix = container_name(PREFIX)
    named = {container_name(app.name) for app in environment.applications}
    own = {volume for app in environment.applications for volume in app.volumes.values()}
    with asking(domu, "list containers and volumes"):
        containers = engine.containers.list(all=True, filters=ours)
        volumes = engine.volumes.list(filters=ours)
    actions = [
        Action(f"remove container {one.name}", partial(one.remove, force=True))
        for one in containers
        if str(one.name).startswith(prefix) and one.name not in named
    ]
    actions += [
        Action(f"remove volume {one.name} of {domu}", one.remove)
        for one in volumes
        if str(one.name).startswith(PREFIX) and one.name not in own
    ]
    return actions
