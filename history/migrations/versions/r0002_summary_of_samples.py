"""Each metric with what its samples say: reading a trend reads a million samples no more."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

VERSION = 2  # programs from before migrations refuse what is newer than 1
FILLED = ("median", "low", "high", "samples")
AT_ONCE = 10_000  # rows of samples in memory

metric = sa.table(
    "metric",
    sa.column("id"),
    *map(sa.column, FILLED),
)
sample = sa.table("sample", *map(sa.column, ("metric", "position", "value")))


def upgrade() -> None:
    """Add the columns and fill them."""
    for name in ("median", "low", "high"):
        op.add_column("metric", sa.Column(name, sa.Float(53)))
    op.add_column("metric", sa.Column("samples", sa.Integer()))
    connection = op.get_bind()
    found = list(_summaries(connection))
    if found:
        values: dict[str, Any] = {name: sa.bindparam(name) for name in FILLED}
        update = sa.update(metric).where(metric.c.id == sa.bindparam("key")).values(values)
        connection.execute(update, found)
    op.execute(f"UPDATE history_version SET version = {VERSION}")


def _summaries(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    query = sa.select(sample.c.metric, sample.c.value)
    rows = connection.execute(
        query.order_by(sample.c.metric, sample.c.position),
        execution_options={"yield_per": AT_ONCE},
    )
    for key, group in itertools.groupby(rows, key=lambda row: row.metric):
        values = [row.value for row in group]
        yield {
            "key": key,
            "median": statistics.median(values),
            "low": min(values),
            "high": max(values),
            "samples": len(values),
        }
