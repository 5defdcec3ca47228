"""What verdicts are made of: the figures of a run with their samples, read without pandas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, select

from history import database, schema
from history.judging.effect import is_exact

Key = tuple[str, str, str]  # subject, technique, metric


@dataclass(frozen=True)
class MetricFigure:
    """All samples of one metric of one subject in a run."""

    subject: str
    technique: str
    metric: str
    unit: str
    valid: bool
    median: float
    low: float
    high: float
    values: tuple[float, ...]

    @property
    def key(self) -> Key:
        """What it is a figure of."""
        return self.subject, self.technique, self.metric

    @property
    def exact(self) -> bool:
        """Whether it has no spread by its nature."""
        return is_exact(self.unit, self.low, self.high)


def figures_of(engine: Engine, run: str) -> dict[Key, MetricFigure]:
    """Give a run's figures, by its whole id; of what was recorded twice, the last."""
    measured = select(schema.metric).where(schema.metric.c.run == run).order_by(schema.metric.c.id)
    with database.reading(engine) as connection:
        rows = connection.execute(measured).mappings().all()
    values = samples_of(engine, [row["id"] for row in rows])
    found = (_figure(row, values[row["id"]]) for row in rows)
    return {figure.key: figure for figure in found}


def samples_of(engine: Engine, metrics: list[int]) -> dict[int, tuple[float, ...]]:
    """Give the samples of metrics, by their numbers, in the order of measuring."""
    sample = schema.sample.c
    wanted = select(sample.metric, sample.value).where(sample.metric.in_(metrics))
    found: dict[int, list[float]] = {number: [] for number in metrics}
    with database.reading(engine) as connection:
        for number, value in connection.execute(wanted.order_by(sample.metric, sample.position)):
            found[number].append(value)
    return {number: tuple(values) for number, values in found.items()}


def _figure(row: Mapping[Any, Any], values: tuple[float, ...]) -> MetricFigure:
    names = ("subject", "technique", "metric", "unit", "valid", "median", "low", "high")
    return MetricFigure(**{name: row[name] for name in names}, values=values)
