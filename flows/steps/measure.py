"""The steps that measure each domU, container and unikernel, at least five times."""

from __future__ import annotations

from collections.abc import Sequence

from flows.session import Session
from runs.step import Step
from tasks.container.leftovers import container_leftovers_step
from tasks.guest.leftovers import leftovers_step
from tasks.measuring.measure import measure_step
from tasks.techniques.floors import floors
from tasks.techniques.instances import innermost_first


def steps(session: Session) -> list[Step]:
    """Give the steps of a run that only measures: what a killed one left is removed first."""
    environment, connections = session.environment, session.connections
    found = [leftovers_step(environment, connections, [], group="measure")]
    for name in dict.fromkeys(str(app.domu) for app in environment.containers):
        found.append(container_leftovers_step(environment, name, connections, [], group="measure"))
    return [*found, *measuring(session, [step.name for step in found])]


def measuring(session: Session, after: Sequence[str]) -> list[Step]:
    """Give a step for each subject, one after the other: they would disturb each other."""
    environment, connections, run = session.environment, session.connections, session.run
    techniques = session.techniques()
    own = {app.domu for app in environment.vms}  # measured with their applications
    things = [thing for thing in innermost_first(environment) if thing.name not in own]
    subjects = [techniques.of(thing).subject(run) for thing in things]
    found: list[Step] = []
    before = list(after)
    for subject in [*floors(environment, connections, run, subjects), *subjects]:
        step = measure_step(subject, environment.name, session.history, run, tuple(before))
        found.append(step)
        before.append(step.name)  # after all of them: --only may leave some out
    return found
