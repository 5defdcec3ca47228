"""The connection to the database, and what every insertion needs."""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from math import isfinite
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

DATABASE = "gnss-europe-v0-2-14"
# No limit to how long the database takes for a login or a statement, but one to how long its
# machine may leave the kernel's probes without an answer.
KEEPALIVE = {"keepalives_idle": 60, "keepalives_interval": 15, "keepalives_count": 4}  # s, s
# Of PostgreSQL's codes: data that do not fit, constraints, limits of what it can hold.
REFUSALS = ("22", "23", "54")


@cache
def engine() -> Engine:
    """Return the engine; it connects at the first statement."""
    host, _, port = os.environ.get("DATABASE_ADDRESS", "localhost").partition(":")
    url = URL.create(
        "postgresql+psycopg2",
        username=os.environ.get("DATABASE_USER", "epos_app"),
        password=_password(),
        host=host,
        port=int(port or 5432),
        database=os.environ.get("DATABASE_NAME", DATABASE),
    )
    # pre_ping: the database may have been restarted between two requests.
    return create_engine(
        url,
        pool_size=4,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args=KEEPALIVE,
    )


def _password() -> str:
    path = os.environ.get("DATABASE_PASSWORD_FILE", "/run/secrets/database_password")
    with open(path, encoding="utf-8") as file:
        return file.read().rstrip("\n")


def is_refusal(error: DBAPIError) -> bool:
    """Say whether a value is what is wrong, not the database: class 22, 23 or 54 of its codes."""
    return str(getattr(error.orig, "pgcode", None) or "")[:2] in REFUSALS


def find_or_add(connection: Connection, table: str, **columns: Any) -> int:
    """Return the id of the row with these values, inserted if there is none.

    Names of table and columns are this program's own, never input. Two requests that insert the
    same row at once both get it: one inserts, the other finds it.
    """
    same = " and ".join(f"{name} is not distinct from :{name}" for name in columns)
    find = text(f"select id from {table} where {same} order by id limit 1")
    found = connection.execute(find, columns).scalar()
    if found is None:
        values = ", ".join(f":{name}" for name in columns)
        add = f"insert into {table} ({', '.join(columns)}) values ({values})"
        add += " on conflict do nothing returning id"
        found = connection.execute(text(add), columns).scalar()
    if found is None:
        found = connection.execute(find, columns).scalar_one()
    return int(found)


def find_or_add_all(
    connection: Connection, table: str, rows: Sequence[dict[str, Any]]
) -> list[int]:
    """Return the ids of many rows as find_or_add does of one; all rows have the same columns.

    One statement where all are there, three where some are not: on a slow machine each takes
    longer than what it does.
    """
    if not rows:
        return []
    names = list(rows[0])
    same = " and ".join(f"t.{name} is not distinct from r.{name}" for name in names)
    find = text(
        f"select (select min(t.id) from {table} t where {same})"
        f" from {records(table)} with ordinality r order by r.ordinality"
    )
    found = connection.execute(find, {"rows": as_json(rows)}).scalars().all()
    if None not in found:
        return list(found)
    missing = {tuple(row.values()): row for row, id in zip(rows, found, strict=True) if id is None}
    add = f"insert into {table} ({', '.join(names)}) select {', '.join(names)}"
    add += f" from {records(table)} on conflict do nothing"
    connection.execute(text(add), {"rows": as_json(list(missing.values()))})
    return list(connection.execute(find, {"rows": as_json(rows)}).scalars().all())


def insert_all(connection: Connection, table: str, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows of the same columns by one statement; return their ids in that order."""
    if not rows:
        return []
    names = ", ".join(rows[0])
    # Without "order by" the order in which rows are inserted would be the planner's.
    statement = f"insert into {table} ({names}) select {names}"
    statement += f" from {records(table)} with ordinality order by ordinality returning id"
    return list(connection.execute(text(statement), {"rows": as_json(rows)}).scalars().all())


def records(table: str) -> str:
    """Write the parameter `rows`, JSON, as what a select can be from, with the table's types."""
    return f"jsonb_populate_recordset(cast(null as {table}), cast(:rows as jsonb))"


def as_json(rows: Sequence[dict[str, Any]]) -> str:
    """Write rows for `records`; what JSON has no form for (moments, NaN) as text."""
    spelled = [{name: _spelled(value) for name, value in row.items()} for row in rows]
    return json.dumps(spelled, separators=(",", ":"))


def _spelled(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, float) and not isfinite(value) else value
