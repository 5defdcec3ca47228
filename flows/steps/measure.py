"""The steps that measure each domU, container and unikernel, at least five times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from flows.session import Session
from runs.step import Step
from tasks.container.leftovers import container_leftovers_step
from tasks.guest.leftovers import leftovers_step
from tasks.measuring.conditions import FILES, Conditions, conditions_in, under_conditions
from tasks.measuring.measure import Subject, measure_step
from tasks.techniques.floors import floors
from tasks.techniques.instances import innermost_first


def steps(session: Session) -> list[Step]:
    """Give the steps of a run that only measures: what a killed one left is removed first."""
    environment, connections = session.environment, session.connections
    found = [leftovers_step(environment, connections, [], group="measure")]
    for name in dict.fromkeys(str(app.domu) for app in environment.containers):
        found.append(container_leftovers_step(environment, name, connections, [], group="measure"))
    return [*found, *measuring(session, [step.name for step in found], everything(session))]


def everything(session: Session) -> list[Subject]:
    """Give all that an environment has to measure."""
    own = {app.domu for app in session.environment.vms}  # measured with their applications
    things = [thing for thing in innermost_first(session.environment) if thing.name not in own]
    techniques = session.techniques()
    return [techniques.of(thing).subject(session.run) for thing in things]


def measuring(session: Session, after: Sequence[str], subjects: Sequence[Subject]) -> list[Step]:
    """Give a step for each subject, one after the other: they would disturb each other."""
    environment, connections, run = session.environment, session.connections, session.run
    found: list[Step] = []
    before = list(after)
    for subject in [*floors(environment, connections, run, subjects), *subjects]:
        step = measure_step(
            under_conditions(subject, partial(conditions, session)),
            environment.name,
            session.history,
            run,
            tuple(before),
            session.method,
        )
        found.append(step)
        before.append(step.name)  # after all of them: --only may leave some out
    return found


def conditions(session: Session) -> Conditions:
    """Look how busy the machine is: the server, or this one where it emulates the server."""
    if session.environment.server.lab:
        return conditions_in("".join(Path(file).read_text() for file in FILES))
    return conditions_in(session.connections.server.check("cat", *FILES))
