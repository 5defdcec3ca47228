"""The connection to the database, and what every insertion needs."""

import os
from functools import cache
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, text

DATABASE = "gnss-europe-v0-2-14"
CONNECT_TIMEOUT = 20  # s


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
        connect_args={"connect_timeout": CONNECT_TIMEOUT},
    )


def _password() -> str:
    path = os.environ.get("DATABASE_PASSWORD_FILE", "/run/secrets/database_password")
    with open(path, encoding="utf-8") as file:
        return file.read().rstrip("\n")


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
