"""What is known of every subject as of a run: the newest figure of each metric, on that machine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from errors import WrongInput
from history import database, schema
from history.judging.figures import Key, MetricFigure, figures_of
from history.metric import FLOORS, TECHNIQUES
from history.platform import different_machines
from history.runs import LAST, whole

Subject = tuple[str, str]  # name and technique


@dataclass(frozen=True)
class Known:
    """Figures of one environment on one machine."""

    run: dict[str, Any]  # the newest that is told of; as `history show RUN -o json`
    figures: dict[Key, MetricFigure]
    runs: dict[Key, str]  # where each was measured

    def figure(self, subject: str, technique: str, metric: str) -> MetricFigure | None:
        """Give one figure, or None where it was not measured."""
        return self.figures.get((subject, technique, metric))

    def subjects(self) -> list[Subject]:
        """Name all that was measured, the floors apart."""
        found = {(subject, technique) for subject, technique, _ in self.figures}
        order = sorted(found, key=lambda one: (TECHNIQUES.index(one[1]), one[0]))
        return [one for one in order if one[0] not in FLOORS.values()]


def known(engine: Engine, run: str = LAST, environment: str | None = None) -> Known:
    """Collect what was measured up to a run, on its machine.

    Args:
        engine: the history.
        run: a run's id, a beginning of it, or 'last': the last in which something was measured.
        environment: with 'last', of this environment only; other runs name their own.

    Raises:
        WrongInput: there is no such run, or nothing was measured.
    """
    name = _last_measured(engine, environment) if run == LAST else run
    about = whole(engine, name)
    figures: dict[Key, MetricFigure] = {}
    runs: dict[Key, str] = {}
    for earlier in _measured_before(engine, about):
        for key, figure in figures_of(engine, earlier).items():
            figures[key] = figure
            runs[key] = earlier
    if not figures:
        raise _nothing(f"in run {about['run']} or before it")
    return Known(about, figures, runs)


def _last_measured(engine: Engine, environment: str | None) -> str:
    query = select(schema.run.c.id).join_from(schema.run, schema.metric)
    if environment is not None:
        query = query.where(schema.run.c.environment == environment)
    with database.reading(engine) as connection:
        found: str | None = connection.scalar(query.order_by(schema.run.c.number.desc()).limit(1))
    if found is None:
        raise _nothing(f"of the environment {environment}" if environment else "at all")
    return found


def _measured_before(engine: Engine, about: dict[str, Any]) -> Iterator[str]:
    """Give the runs of the same environment and machine in which something was measured."""
    run = schema.run.c
    number = select(run.number).where(run.id == about["run"]).scalar_subquery()
    query = (
        select(run.id, run.platform_details)
        .where(run.number <= number, run.environment == about["environment"])
        .where(select(schema.metric.c.id).where(schema.metric.c.run == run.id).exists())
    )
    with database.reading(engine) as connection:
        rows = connection.execute(query.order_by(run.number)).all()
    for row in rows:
        if row.id == about["run"] or not different_machines(
            row.platform_details, about["platform_details"]
        ):
            yield row.id


def _nothing(where: str) -> WrongInput:
    return WrongInput(
        f"nothing was measured {where}",
        remedy="measure first: python -m flows.measure; or see: python -m flows.history list",
    )
