"""The steps that take an environment down: guests, then what they stood on."""

from __future__ import annotations

from flows.session import Session
from runs.step import Step
from tasks.guest.leftovers import leftovers_step
from tasks.packet_filter.filter import no_filter_step
from tasks.teardown import guests_step, volumes_step
from tasks.techniques.removal import removal_steps


def steps(session: Session, *, data: bool = False) -> list[Step]:
    """Give the steps: what killed runs left, guests, then what they stood on."""
    environment, connections = session.environment, session.connections
    leftovers = leftovers_step(environment, connections, [], group="teardown")
    guests = guests_step(environment, connections, [leftovers.name])
    others = removal_steps(session.techniques(), connections)
    volumes = volumes_step(environment, connections, [guests.name], data=data)
    unfiltered = no_filter_step(environment, connections, [guests.name])
    return [leftovers, guests, *others, volumes, unfiltered]
