"""Reading figures from the history: pandas frames, and JSON made of them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Engine, Select, select

from history import database, schema
from history.metric import FLOORS, START_DIRECT, START_FIRST_ANSWER
from history.runs import RUN_COLUMNS, plain, resolve, select_runs

METRIC_COLUMNS = [
    "run", "subject", "technique", "metric", "unit", "median", "low", "high", "samples",
    "valid", "platform", "floor_ratio", "method", "warnings", "values",
]  # fmt: skip

# When it was recorded is when its run was; what its samples say is said by `values`.
NOT_SHOWN = ("recorded", "median", "low", "high", "samples")


def runs(
    engine: Engine,
    flow: str | None = None,
    environment: str | None = None,
    state: str | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """Give one row per run, newest first, with the columns RUN_COLUMNS."""
    query = select_runs(flow, environment, state, limit)
    with database.reading(engine) as connection:
        return _frame(connection, query)[RUN_COLUMNS]


def metrics(
    engine: Engine,
    run: str | None = None,
    subject: str | None = None,
    technique: str | None = None,
    metric: str | None = None,
) -> pd.DataFrame:
    """Give one row per metric with the columns METRIC_COLUMNS; see `History.metrics`."""
    table = schema.metric.c
    wanted: list[ColumnElement[bool]] = []
    if run is not None:
        wanted.append(table.run == resolve(engine, run))
    if metric is not None:
        # What a start takes without a guest is read too: ratios need it.
        wanted.append(table.metric.in_([metric, START_DIRECT]))
    # The floors are read with whatever is asked for: ratios need them.
    floors = table.subject.in_(FLOORS.values())
    if subject is not None:
        wanted.append((table.subject == subject) | floors)
    if technique is not None:
        wanted.append((table.technique == technique) | floors)
    with database.reading(engine) as connection:
        measured = _frame(connection, _measured().where(*wanted))
        samples = _frame(connection, _samples().where(*wanted))
    frame = _with_floor_ratio(_summary(measured, samples))
    for column, only in (("subject", subject), ("technique", technique), ("metric", metric)):
        if only is not None:
            frame = frame[frame[column] == only]
    return frame[METRIC_COLUMNS].reset_index(drop=True)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Make JSON objects of a frame: ISO 8601 times, null for no value, never NaN."""
    return [_record(row) for row in frame.to_dict("records")]


def _measured() -> Select[Any]:
    """Select what was measured, oldest run first."""
    columns = [column for column in schema.metric.c if column.name not in NOT_SHOWN]
    return (
        select(*columns, schema.run.c.platform)
        .join_from(schema.metric, schema.run)
        .order_by(schema.run.c.number, schema.metric.c.id)
    )


def _samples() -> Select[Any]:
    """Select the raw samples, each metric's in the order of measuring."""
    return (
        select(schema.sample.c.metric, schema.sample.c.value)
        .join_from(schema.sample, schema.metric)
        .order_by(schema.sample.c.metric, schema.sample.c.position)
    )


def _summary(measured: pd.DataFrame, samples: pd.DataFrame) -> pd.DataFrame:
    """Add to each metric what its samples say; the last recorded of a run counts."""
    values = samples.groupby("metric")["value"]
    summary = pd.DataFrame(
        {
            "median": values.median(),
            "low": values.min(),
            "high": values.max(),
            "samples": values.count(),
            "values": pd.Series({key: group.tolist() for key, group in values}, dtype=object),
        }
    )
    latest = measured.drop_duplicates(["run", "subject", "technique", "metric"], keep="last")
    return latest.join(summary, on="id")


def _with_floor_ratio(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the ratio of each median to that of its technique's floor in the same run.

    A start's floor is the empty guest or container, and what the application itself takes
    without one, where that was measured. None for the floors themselves, for figures that are
    not valid, and without a valid floor.
    """
    is_floor = frame["subject"].isin(list(FLOORS.values()))
    valid = frame["valid"].astype(bool)
    usable = frame[is_floor & valid & (frame["median"] > 0)]
    floors = usable.drop_duplicates(["run", "subject", "metric", "unit"], keep="last").rename(
        columns={"subject": "floor", "median": "floor_median"}
    )[["run", "floor", "metric", "unit", "floor_median"]]
    joined = (
        frame.assign(floor=frame["technique"].map(FLOORS))
        .merge(floors, how="left", on=["run", "floor", "metric", "unit"])
        .merge(_direct(frame[valid]), how="left", on=["run", "subject", "technique", "metric"])
    )
    ratio = joined["median"] / (joined["floor_median"] + joined["direct"].fillna(0))
    keep = (~is_floor & valid).to_numpy(dtype=bool)
    return joined.assign(floor_ratio=ratio.where(keep))


def _direct(frame: pd.DataFrame) -> pd.DataFrame:
    """Give what each subject's start takes without guest, as part of that start's floor."""
    direct = frame[frame["metric"] == START_DIRECT].rename(columns={"median": "direct"})
    return direct[["run", "subject", "technique", "direct"]].assign(metric=START_FIRST_ANSWER)


def _frame(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    result = connection.execute(query)
    # From objects: a column without rows, or of None alone, would else become one of floats.
    # Plain tuples: pandas takes SQLAlchemy's rows apart five times slower.
    rows = [tuple(row) for row in result]
    return pd.DataFrame(rows, columns=list(result.keys()), dtype=object).infer_objects()


def _record(row: dict[Hashable, Any]) -> dict[str, Any]:
    record = {str(name): _plain(value) for name, value in row.items()}
    if record.get("floor_ratio", 0) is None:
        del record["floor_ratio"]
    if record.get("unit") == "bytes":
        # pandas makes floats of all samples; half a byte can only come from a median.
        for name in ("median", "low", "high"):
            record[name] = _whole(record[name])
        record["values"] = [_whole(value) for value in record["values"]]
    return record


def _plain(value: Any) -> Any:
    """Give what JSON knows of what pandas holds."""
    if isinstance(value, (list, dict)):
        return value
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else plain(value)


def _whole(value: float) -> float:
    return int(value) if value.is_integer() else value
