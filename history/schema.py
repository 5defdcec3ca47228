"""The history's tables. A change of them is a file in `history/migrations/versions/`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

REVISION = "0002"
"""The newest of `history/migrations`; a program refuses a history newer than itself."""

FIRST_REVISION = "0001"
"""Of a history from before migrations, which has `version` only."""

VERSION = 2
"""What `version` holds: programs from before migrations know 1, and refuse what is newer."""


class UtcTime(TypeDecorator[datetime]):
    """A moment, always aware and in UTC; SQLite itself would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Give UTC, whatever zone the database answers in."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


tables = MetaData()

version = Table("history_version", tables, Column("version", Integer, primary_key=True))

# Alembic's own table, as it makes it itself.
revision = Table("alembic_version", tables, Column("version_num", String(32), nullable=False))
revision.append_constraint(PrimaryKeyConstraint("version_num", name="alembic_version_pkc"))

run = Table(
    "run",
    tables,
    Column("number", Integer, primary_key=True),  # order of beginning, whatever the clock does
    Column("id", String(32), nullable=False, unique=True),
    Column("flow", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("ended", UtcTime),
    Column("platform", Text, nullable=False),
    Column("platform_details", JSON, nullable=False),
    # The process that runs it: machine, its boot, pid, and the pid's start in clock ticks.
    Column("machine", Text, nullable=False),
    Column("process", Text, nullable=False),
)

step = Table(
    "step",
    tables,
    Column("id", Integer, primary_key=True),
    Column("run", ForeignKey("run.id"), nullable=False, index=True),
    Column("step", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("ended", UtcTime),
    Column("changed", Boolean, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
)

metric = Table(
    "metric",
    tables,
    Column("id", Integer, primary_key=True),
    Column("run", ForeignKey("run.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("technique", String(16), nullable=False),
    Column("metric", String(64), nullable=False),
    Column("unit", String(16), nullable=False),
    Column("method", Text, nullable=False),
    Column("valid", Boolean, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("recorded", UtcTime, nullable=False),
    # What its samples say; written with them, for they never change. Never NULL, though SQLite
    # adds no column that says so to a table with rows.
    Column("median", Float(53)),
    Column("low", Float(53)),
    Column("high", Float(53)),
    Column("samples", Integer),
    Index("metric_of_run", "run", "subject", "metric"),
)

sample = Table(
    "sample",
    tables,
    Column("metric", ForeignKey("metric.id"), primary_key=True),
    Column("position", Integer, primary_key=True),  # order of measuring, from 0
    Column("value", Float(53), nullable=False),
)
