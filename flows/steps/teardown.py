"""The steps that take an environment down: guests, then what they stood on."""

from __future__ import annotations

from flows.session import Session
from runs.step import Step
from tasks.guest.leftovers import leftovers_step
from tasks.packet_filter.filter import no_filter_step
from tasks.teardown import files_step, guests_step, hosted_steps, volumes_step


def steps(session: Session, *, data: bool = False) -> list[Step]:
    """Give the steps: what killed runs left, guests, then what they stood on."""
    leftovers = leftovers_step(session.environment, session.connections, [], group="teardown")
    hosted = hosted_steps(session.techniques().hosted(), [leftovers.name])
    guests = guests_step(session.environment, session.connections, [leftovers.name])
    files = files_step(session.environment, session.connections, [guests.name])
    volumes = volumes_step(session.environment, session.connections, [guests.name], data=data)
    unfiltered = no_filter_step(session.environment, session.connections, [guests.name])
    return [leftovers, *hosted, guests, files, volumes, unfiltered]
