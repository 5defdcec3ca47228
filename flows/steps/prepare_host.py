"""The steps that prepare a server: packages, bridge, volumes, Xen, hotplug program."""

from __future__ import annotations

from flows.session import Session
from runs.step import Step
from tasks.leftovers import leftovers_step
from tasks.server.bridge import bridge_step
from tasks.server.group import group_step
from tasks.server.hotplug import hotplug_step
from tasks.server.hypervisor import hypervisor_step
from tasks.server.lab import lab_step
from tasks.server.packages import packages_step
from tasks.server.room import room_step
from tasks.server.volume import volume_step


def steps(session: Session) -> list[Step]:
    """Give the steps: the lab if it is one, whether all fits, packages, bridge, volumes, Xen."""
    environment, connections = session.environment, session.connections
    server, network, storage = environment.server, environment.network, environment.storage
    found: list[Step] = []
    if server.lab:
        found.append(lab_step(server.lab, environment.hypervisor))
    up = [step.name for step in found]
    room = room_step(environment, connections, up)
    packages = packages_step(connections, [*up, room.name], can_be_lost=bool(server.lab))
    bridge = bridge_step(network, connections, [packages.name])
    group = group_step(storage, connections, [packages.name, bridge.name])
    volumes = [volume_step(environment, v, connections, [group.name]) for v in storage.volumes]
    made = [bridge.name, *(volume.name for volume in volumes)]
    hypervisor = hypervisor_step(environment.hypervisor, connections, made)
    hotplug = hotplug_step(connections, [hypervisor.name])
    leftovers = leftovers_step(environment, connections, [hotplug.name])
    return [*found, room, packages, bridge, group, *volumes, hypervisor, hotplug, leftovers]
