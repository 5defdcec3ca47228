"""All samples as one table for other programs: CSV, JSON and Parquet, one sample a row."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import IO, Any

from sqlalchemy import Engine, Select, select

from history import database, schema
from history.runs import plain, resolve

AT_ONCE = 10_000  # rows in memory

RUN = ("id", "flow", "environment", "state", "started", "platform")
METRIC = ("subject", "technique", "metric", "unit", "method", "valid")
COLUMNS = ("run", *RUN[1:], *METRIC, "position", "value")


def write_csv(engine: Engine, to: IO[str], run: str | None = None, **only: str | None) -> None:
    """Write a header and one line a sample; true and false are 1 and 0.

    Args:
        engine: the history.
        to: where it is written.
        run: a run's id, a beginning of it, or 'last'; None for all runs.
        only: values that `subject`, `technique` and `metric` must have; None for any.
    """
    writer = csv.writer(to, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in _rows(engine, run, only):
        writer.writerow(int(value) if value is True or value is False else value for value in row)


def write_json(engine: Engine, to: IO[str], run: str | None = None, **only: str | None) -> None:
    """Write a list of objects, one a line, with the same columns; see `write_csv`."""
    to.write("[")
    for number, row in enumerate(_rows(engine, run, only)):
        to.write(",\n" if number else "\n")
        to.write(json.dumps(dict(zip(COLUMNS, row, strict=True)), allow_nan=False))
    to.write("\n]\n")


def write_parquet(engine: Engine, to: str, run: str | None = None, **only: str | None) -> None:
    """Write a Parquet file with the same columns; see `write_csv`. Moments are of UTC."""
    import fastparquet
    import pandas as pd

    frame = pd.DataFrame(list(_rows(engine, run, only)), columns=list(COLUMNS))
    # What a column is must not depend on whether there are rows.
    kinds = {"valid": "bool", "position": "int64", "value": "float64"}
    frame = frame.astype({name: kinds.get(name, "object") for name in COLUMNS})
    # UTC without saying so: fastparquet warns of what newer pandas makes of zones.
    frame["started"] = pd.to_datetime(frame["started"], utc=True).dt.tz_localize(None)
    fastparquet.write(to, frame, compression="GZIP", write_index=False, stats=False)


def _rows(
    engine: Engine, run: str | None, only: dict[str, str | None]
) -> Iterator[tuple[Any, ...]]:
    query = _query()
    if run is not None:
        query = query.where(schema.run.c.id == resolve(engine, run))
    for name, value in only.items():
        if value is not None:
            query = query.where(schema.metric.c[name] == value)
    with database.reading(engine) as connection:
        found = connection.execute(query, execution_options={"yield_per": AT_ONCE})
        for row in found:
            yield tuple(plain(value) for value in row)


def _query() -> Select[Any]:
    run, metric, sample = schema.run.c, schema.metric.c, schema.sample.c
    columns = [run[name] for name in RUN] + [metric[name] for name in METRIC]
    return (
        select(*columns, sample.position, sample.value)
        .join_from(schema.sample, schema.metric)
        .join(schema.run)
        .order_by(run.number, metric.id, sample.position)
    )
