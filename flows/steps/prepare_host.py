"""The steps that prepare a server: packages, bridge, volumes, Xen, hotplug program, filter."""

from __future__ import annotations

from flows.session import Session
from runs.step import Step
from tasks import step_names
from tasks.comparing.leftover_copies import copies_step
from tasks.guest.leftovers import leftovers_step
from tasks.packet_filter.filter import filter_step
from tasks.server.bridge import bridge_step
from tasks.server.filesystem import filesystem_step, written_volumes
from tasks.server.group import group_step
from tasks.server.hotplug import hotplug_step
from tasks.server.hypervisor import hypervisor_step
from tasks.server.lab import lab_step
from tasks.server.packages import packages_step
from tasks.server.room import room_step
from tasks.server.volume import volume_step
from tasks.techniques.superseded import superseded_guests_step


def steps(session: Session) -> list[Step]:
    """Give the steps: the lab if it is one, whether all fits, packages, bridge, volumes, Xen, …"""
    environment, connections = session.environment, session.connections
    network, storage = environment.network, environment.storage
    found: list[Step] = []
    if session.lab:
        found.append(lab_step(session.lab, environment))
    up = [step.name for step in found]
    room = room_step(environment, connections, up)
    packages = packages_step(connections, [*up, room.name], can_be_lost=bool(session.lab))
    bridge = bridge_step(network, connections, [packages.name])
    group = group_step(storage, connections, [packages.name, bridge.name])
    volumes = [volume_step(environment, v, connections, [group.name]) for v in storage.volumes]
    filesystems = [
        filesystem_step(environment, name, connections, [step_names.volume(storage.group, name)])
        for name in written_volumes(environment)
    ]
    made = [bridge.name, *(step.name for step in (*volumes, *filesystems))]
    hypervisor = hypervisor_step(environment.hypervisor, connections, made)
    hotplug = hotplug_step(connections, [hypervisor.name])
    filtering = filtering_step(session)
    leftovers = leftovers_step(environment, connections, [filtering.name])
    old = [filtering.name, leftovers.name]
    copies = copies_step(environment, connections, step_names.OLD_COPIES, "prepare_host", old)
    superseded = superseded_guests_step(environment, connections, [leftovers.name])
    disks = [group, *volumes, *filesystems]
    ready = [hypervisor, hotplug, filtering, leftovers, copies, superseded]
    return [*found, room, packages, bridge, *disks, *ready]


def filtering_step(session: Session) -> Step:
    """Give the packet filter's step: every flow that starts something has it know that first."""
    hosted = [one.application.name for one in session.techniques().hosted()]
    after = [step_names.HOTPLUG]
    return filter_step(session.environment, session.connections, after, hosted=hosted)
