"""The steps that measure all that an environment has, each at least five times."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from flows.session import Session
from runs.step import Step
from tasks.measuring.conditions import FILES, Conditions, conditions_in, under_conditions
from tasks.measuring.measure import Subject, measure_step
from tasks.techniques.floors import floors
from tasks.techniques.instances import subjects
from tasks.techniques.leftovers import all_leftovers


def steps(session: Session) -> list[Step]:
    """Give the steps of a run that only measures: what a killed one left is removed first."""
    found = all_leftovers(session.environment, session.connections, "measure")
    return [*found, *measuring(session, [step.name for step in found], everything(session))]


def everything(session: Session) -> list[Subject]:
    """Give all that an environment has to measure."""
    return subjects(session.techniques(), session.run)


def measuring(session: Session, after: Sequence[str], measured: Sequence[Subject]) -> list[Step]:
    """Give a step for each subject, one after the other: they would disturb each other."""
    environment, connections, run = session.environment, session.connections, session.run
    found: list[Step] = []
    before = list(after)
    for subject in [*floors(environment, connections, run, measured), *measured]:
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
    if session.lab:
        return conditions_in("".join(Path(file).read_text() for file in FILES))
    return conditions_in(session.connections.server.check("cat", *FILES))
