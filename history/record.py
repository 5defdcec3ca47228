"""Writing the history: runs, steps and samples, each on disk when the call returns."""

from __future__ import annotations

import math
import re
import secrets
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, get_args

from sqlalchemy import Connection, CursorResult, Engine, func, insert, select, update

from errors import EposVirtError
from history import database, process, schema
from history.metric import METRICS, TECHNIQUES, UNITS, Technique, Unit
from history.platform import Platform
from history.state import RunState, StepState
from printable import printable

EVIDENCE = 16_384  # characters kept of a step's evidence; its end says what went wrong
METRIC_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class WrongRecord(EposVirtError):
    """A caller recorded something that cannot be true: a mistake in this program."""


def begin_run(engine: Engine, flow: str, environment: str, platform: Platform) -> str:
    """See `History.begin_run`."""
    now = _now()
    with database.writing(engine) as connection:
        _mark_interrupted(connection)
        name = _free_name(connection, now)
        values = {
            "id": name,
            "flow": printable(flow),
            "environment": printable(environment),
            "state": "running",
            "started": now,
            "machine": process.this_machine(),
            "process": process.this_process(),
        }
        connection.execute(insert(schema.run).values(**values, **_platform(platform)))
    return name


def set_platform(engine: Engine, run: str, platform: Platform) -> None:
    """Record where a run takes place, once that is known."""
    with database.writing(engine) as connection:
        changed = update(schema.run).where(schema.run.c.id == run).values(**_platform(platform))
        _found(connection.execute(changed).rowcount, "run", run)


def begin_step(engine: Engine, run: str, step: str, host: str) -> int:
    """Record that a step of a run begins on a host; returns the step's id."""
    values = {
        "run": run,
        "step": printable(step),
        "host": printable(host),
        "state": "running",
        "started": _now(),
        "changed": False,
        "retries": 0,
        "reason": "",
        "evidence": "",
    }
    with database.writing(engine) as connection:
        _require_run(connection, run)
        return _key(connection.execute(insert(schema.step).values(**values)))


def end_step(
    engine: Engine,
    step_id: int,
    state: StepState,
    changed: bool,
    reason: str,
    retries: int = 0,
    evidence: str = "",
) -> None:
    """See `History.end_step`."""
    if state not in get_args(StepState):
        raise _wrong(f"a step cannot end as {state!r}", f"one of {get_args(StepState)}")
    if (state == "changed" and not changed) or (state in ("unchanged", "skipped") and changed):
        raise _wrong(f"a step ended as {state!r} with changed={changed}", "make both agree")
    values = {
        "state": state,
        "changed": bool(changed),
        "reason": printable(reason),
        "retries": retries,
        "evidence": printable(evidence)[-EVIDENCE:],
        "ended": _now(),
    }
    with database.writing(engine) as connection:
        ended = connection.execute(
            update(schema.step).where(schema.step.c.id == step_id).values(**values)
        )
        _found(ended.rowcount, "step", step_id)


def add_samples(
    engine: Engine,
    run: str,
    subject: str,
    technique: Technique,
    metric: str,
    unit: Unit,
    values: Sequence[float],
    method: str,
    valid: bool = True,
    warnings: Sequence[str] = (),
) -> None:
    """See `History.add_samples`."""
    _check(technique, metric, unit, values)
    row = {
        "run": run,
        "recorded": _now(),
        "subject": printable(subject),
        "technique": technique,
        "metric": metric,
        "unit": unit,
        "method": printable(method),
        "valid": bool(valid),
        "warnings": [printable(warning) for warning in warnings],
        "median": statistics.median(map(float, values)),
        "low": min(values),
        "high": max(values),
        "samples": len(values),
    }
    with database.writing(engine) as connection:
        _require_run(connection, run)
        key = _key(connection.execute(insert(schema.metric).values(**row)))
        connection.execute(
            insert(schema.sample),
            [
                {"metric": key, "position": position, "value": float(value)}
                for position, value in enumerate(values)
            ],
        )


def end_run(engine: Engine, run: str, state: RunState) -> None:
    """Record how a run ended; steps that are still open end with it."""
    if state not in get_args(RunState):
        raise _wrong(f"a run cannot end as {state!r}", f"one of {get_args(RunState)}")
    with database.writing(engine) as connection:
        now = _now()
        ended = update(schema.run).where(schema.run.c.id == run).values(state=state, ended=now)
        _found(connection.execute(ended).rowcount, "run", run)
        _close_steps(
            connection,
            run,
            "cancelled" if state == "cancelled" else "interrupted",
            now,
            "the run ended before it did",
        )


def _check(technique: str, name: str, unit: str, values: Sequence[float]) -> None:
    if technique not in TECHNIQUES:
        raise _wrong(f"{technique!r} is no technique", f"one of {', '.join(TECHNIQUES)}")
    if unit not in UNITS:
        raise _wrong(f"{unit!r} is no unit", f"one of {', '.join(UNITS)}")
    if not METRIC_NAME.fullmatch(name):
        raise _wrong(f"{name!r} is no name of a metric", "lower case, digits and _, e.g. 'size'")
    if name in METRICS and METRICS[name].unit != unit:
        raise _wrong(f"{name} in {unit!r}", f"convert to {METRICS[name].unit}")
    if len(values) == 0:
        raise _wrong(f"no values for {name}", "record nothing where nothing was measured")
    for value in values:
        if not math.isfinite(value) or value < 0:
            raise _wrong(f"{value} as {name}", "record only what was measured: finite, not < 0")


def _mark_interrupted(connection: Connection) -> None:
    """Close the runs that a process of this machine left behind when it was killed."""
    ours = (schema.run.c.state == "running") & (schema.run.c.machine == process.this_machine())
    for left in connection.execute(
        select(schema.run.c.id, schema.run.c.process, schema.run.c.started).where(ours)
    ):
        if not process.is_gone(left.process):
            continue
        # Nobody saw it end: the last thing it recorded is the last that is known of it.
        times = select(func.max(schema.step.c.ended), func.max(schema.step.c.started))
        seen = connection.execute(times.where(schema.step.c.run == left.id)).one()
        last = max(left.started, *(moment for moment in seen if moment))
        marked = update(schema.run).where(schema.run.c.id == left.id)
        connection.execute(marked.values(state="interrupted", ended=last))
        _close_steps(connection, left.id, "interrupted", last, "its process is gone")


def _close_steps(
    connection: Connection, run_id: str, state: str, moment: datetime, reason: str
) -> None:
    still_open = (schema.step.c.run == run_id) & (schema.step.c.state == "running")
    values = {"state": state, "ended": moment, "reason": reason}
    connection.execute(update(schema.step).where(still_open).values(**values))


def _free_name(connection: Connection, now: datetime) -> str:
    """Choose an id no other run has; writers are alone, so it stays free."""
    while True:
        name = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)[:3]}"
        if connection.scalar(select(schema.run.c.id).where(schema.run.c.id == name)) is None:
            return name


def _require_run(connection: Connection, run_id: str) -> None:
    found = connection.scalar(select(schema.run.c.id).where(schema.run.c.id == run_id))
    _found(0 if found is None else 1, "run", run_id)


def _found(rows: int, kind: str, name: str | int) -> None:
    if rows != 1:
        raise _wrong(f"the history has no {kind} {name}", f"begin_{kind} gives the id to use")


def _key(inserted: CursorResult[Any]) -> int:
    """Give the number the database gave to the row that was inserted."""
    key = inserted.inserted_primary_key
    assert key is not None, "every table of ours numbers its rows"
    return int(key[0])


def _platform(platform: Platform) -> dict[str, Any]:
    details = {
        name: printable(value) if isinstance(value, str) else value
        for name, value in platform.model_dump(mode="json").items()
    }
    return {"platform": printable(str(platform)), "platform_details": details}


def _wrong(what: str, remedy: str) -> WrongRecord:
    return WrongRecord(f"not recorded: {what}", remedy=remedy)


def _now() -> datetime:
    return datetime.now(UTC)
