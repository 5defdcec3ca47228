"""Reading runs and their steps from the history, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select

from errors import WrongInput
from history import database, schema
from spelling import nearest_of

LAST = "last"

RUN_COLUMNS = [
    "run", "flow", "environment", "state", "started", "ended", "changed", "steps",
]  # fmt: skip
STEP_COLUMNS = [
    "step", "host", "state", "started", "ended", "changed", "retries", "reason", "evidence",
]  # fmt: skip


def listed(
    engine: Engine, *, flow: str | None = None, state: str | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Give the runs, newest first, with the keys RUN_COLUMNS."""
    return _objects(engine, select_runs(flow, None, state, limit), RUN_COLUMNS)


def whole(engine: Engine, reference: str) -> dict[str, Any]:
    """Give one run with its steps and platform; see `History.run`."""
    name = resolve(engine, reference)
    [found] = _objects(engine, _with_steps().where(schema.run.c.id == name))
    steps = select(schema.step).where(schema.step.c.run == name).order_by(schema.step.c.id)
    return {**found, "steps": _objects(engine, steps, STEP_COLUMNS)}


def has_metrics(engine: Engine, run: str) -> bool:
    """Tell whether anything was measured in a run, by its whole id."""
    query = select(schema.metric.c.id).where(schema.metric.c.run == run).limit(1)
    with database.reading(engine) as connection:
        return connection.scalar(query) is not None


def resolve(engine: Engine, reference: str) -> str:
    """Give the full id of a run from its id, a unique beginning of it, or 'last'.

    Raises:
        WrongInput: when there is none or more than one, with the ids that were likely meant.
    """
    newest = select(schema.run.c.id).order_by(schema.run.c.number.desc())
    with database.reading(engine) as connection:
        if reference == LAST:
            found = _names(connection, newest.limit(1))
        else:
            # An id cut short is no id: '' must not match every run.
            matching = func.substr(schema.run.c.id, 1, len(reference)) == reference
            found = _names(connection, newest.where(matching)) if reference else []
            found = [reference] if reference in found else found
        if len(found) == 1:
            return found[0]
        known = _names(connection, newest)
    if len(found) > 1:
        raise WrongInput(
            f"{len(found)} runs begin with {reference!r}",
            seen=", ".join(found[:5]) + (", …" if len(found) > 5 else ""),
            remedy="give more of the id",
        )
    raise _unknown(reference, known)


def select_runs(
    flow: str | None, environment: str | None, state: str | None, limit: int | None
) -> Select[Any]:
    """Select the runs, newest first, that have all that is given."""
    query = _with_steps()
    for column, wanted in (("flow", flow), ("environment", environment), ("state", state)):
        if wanted is not None:
            query = query.where(schema.run.c[column] == wanted)
    return query.order_by(schema.run.c.number.desc()).limit(limit)


def plain(value: Any) -> Any:
    """Give a value of the database as JSON has it: times in ISO 8601, UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def _objects(
    engine: Engine, query: Select[Any], names: list[str] | None = None
) -> list[dict[str, Any]]:
    with database.reading(engine) as connection:
        rows = connection.execute(query).mappings().all()
    return [{name: plain(row[name]) for name in names or row} for row in rows]


def _with_steps() -> Select[Any]:
    """Select runs with how many steps they had and how many of those changed something."""
    counts = (
        select(
            schema.step.c.run,
            func.count().label("steps"),
            func.count().filter(schema.step.c.changed).label("changed"),
        )
        .group_by(schema.step.c.run)
        .subquery()
    )
    columns = schema.run.c
    return select(
        columns.id.label("run"),
        columns.flow,
        columns.environment,
        columns.state,
        columns.started,
        columns.ended,
        func.coalesce(counts.c.changed, 0).label("changed"),
        func.coalesce(counts.c.steps, 0).label("steps"),
        columns.platform,
        columns.platform_details,
    ).outerjoin_from(schema.run, counts, columns.id == counts.c.run)


def _unknown(reference: str, known: list[str]) -> WrongInput:
    reference = reference if len(reference) <= 60 else f"{reference[:60]}…"
    if not known:
        return WrongInput(
            f"there is no run {reference!r}: the history is empty",
            remedy="run a flow first, or see whether EPOS_VIRT_HISTORY names the right history",
        )
    near = nearest_of(reference, known, 3) or known[:3]
    return WrongInput(
        f"there is no run {reference!r}",
        seen=f"nearest: {', '.join(near)}",
        remedy="see the runs with: python -m flows.history list",
    )


def _names(connection: Connection, query: Select[tuple[str]]) -> list[str]:
    return list(connection.scalars(query))
