"""Every metric of every subject over the runs of one machine, with the runs that changed it.

A run is marked where its figure differs from the runs before it by more than chance and more than
nothing: by `effect.least_effect` or more from their median, beyond all of them, and by a
permutation test of the samples. What comes after a marked run is compared with it and its like.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Engine, select

from history import database, schema
from history.judging.chance import permuted
from history.judging.effect import Change
from history.judging.figures import samples_of
from history.judging.mark import BEFORE, mark
from history.metric import CONDITIONS
from history.platform import different_machines
from history.runs import plain

CHANCE = 0.01  # of a mark where nothing changed, for one metric of one run

SERIES = ["subject", "technique", "metric", "unit", "machine"]


@dataclass(frozen=True)
class Point:
    """One run of a trend."""

    run: str
    started: str
    median: float
    low: float
    high: float
    samples: int
    valid: bool
    ratio: float | None = None  # to the runs before, where it is marked
    mark: Change = ""


@dataclass(frozen=True)
class Trend:
    """One metric of one subject over the runs on one machine, oldest first."""

    subject: str
    technique: str
    metric: str
    unit: str
    platform: str
    platform_details: dict[str, Any]
    points: tuple[Point, ...] = field(default=())

    @property
    def marked(self) -> tuple[Point, ...]:
        """The runs that changed it."""
        return tuple(point for point in self.points if point.mark)

    def as_json(self) -> dict[str, Any]:
        """Give it as `history trends -o json` prints it."""
        return asdict(self)


def trends(
    engine: Engine,
    subject: str | None = None,
    technique: str | None = None,
    metric: str | None = None,
    environment: str | None = None,
) -> list[Trend]:
    """Give the trends of all that is asked for; None is all of it."""
    found = _measured(engine, subject, technique, metric, environment)
    groups = found.groupby(SERIES, sort=True)
    return [_trend(engine, dict(zip(SERIES, key, strict=True)), one) for key, one in groups]


def _measured(engine: Engine, *wanted: str | None) -> pd.DataFrame:
    """Read what was measured, oldest run first; of what a run recorded twice, the last."""
    metric, run = schema.metric.c, schema.run.c
    names = ("id", "subject", "technique", "metric", "unit", "valid")
    summary = ("median", "low", "high", "samples")
    query = select(*(metric[name] for name in (*names, *summary)), run.number).join_from(
        schema.metric, schema.run
    )
    conditions = (metric.subject, metric.technique, metric.metric, run.environment)
    for column, value in zip(conditions, wanted, strict=True):
        if value is not None:
            query = query.where(column == value)
    with database.reading(engine) as connection:
        rows = [tuple(row) for row in connection.execute(query.order_by(run.number, metric.id))]
        about = select(run.number, run.id, run.started, run.platform, run.platform_details)
        runs = connection.execute(about.order_by(run.number)).all()
    frame = pd.DataFrame(rows, columns=[*names, *summary, "number"])
    frame = frame.drop_duplicates(["number", *SERIES[:3]], keep="last")
    described = pd.DataFrame(
        [(*one[:2], plain(one.started), *one[3:]) for one in runs],
        columns=["number", "run", "started", "platform", "platform_details"],
    )
    described["machine"] = _machines([one.platform_details for one in runs])
    return frame.merge(described, on="number")


def _machines(details: list[dict[str, Any]]) -> list[int]:
    """Number the machines: runs whose figures can be compared have the same."""
    known: list[dict[str, Any]] = []
    numbers: list[int] = []
    for one in details:
        same = (at for at, other in enumerate(known) if not different_machines(one, other))
        number = next(same, len(known))
        if number == len(known):
            known.append(one)
        numbers.append(number)
    return numbers


def _trend(engine: Engine, names: dict[str, Any], frame: pd.DataFrame) -> Trend:
    rows = list(frame.itertuples(index=False))
    del names["machine"]
    where: Any = rows[-1]
    return Trend(
        **names,
        platform=where.platform,
        platform_details=where.platform_details,
        points=tuple(_points(engine, rows)),
    )


def _points(engine: Engine, rows: list[Any]) -> Iterator[Point]:
    before: list[Any] = []
    for row in rows:
        values = (row.median, row.low, row.high, row.samples, bool(row.valid))
        ratio, mark = _mark(engine, before, row) if row.valid else (None, "")
        yield Point(row.run, row.started, *values, ratio if mark else None, mark)
        if mark:
            before = []
        if row.valid:
            before = [*before, row][-BEFORE:]


def _mark(engine: Engine, before: list[Any], row: Any) -> tuple[float | None, Change]:
    """Compare a run with those before it."""
    if row.metric in CONDITIONS:
        return None, ""

    def by_chance() -> float:
        values = samples_of(engine, [int(one.id) for one in (*before, row)])
        earlier = [value for one in before for value in values[int(one.id)]]
        return permuted(earlier, values[int(row.id)])

    return mark(before, row, by_chance, CHANCE)
