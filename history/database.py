"""The history's database: where it is, how it is opened, and what its errors mean."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from errors import EposVirtError, WrongInput
from history import schema
from state import state_folder

VARIABLE = "EPOS_VIRT_HISTORY"
FILE = "history.sqlite"

BUSY_SECONDS = 30  # another process' transaction takes milliseconds; a slow disk's fsync, seconds
PREPARE_LOCK = 0x45504F53  # PostgreSQL's advisory lock while tables are made; the number is ours


class HistoryUnavailable(EposVirtError):
    """The history could not be read or written."""


def locate(url: str | None = None) -> URL:
    """Say where the history is: `url`, else EPOS_VIRT_HISTORY, else a file in the state folder.

    A text without '://' is the path of a SQLite file.

    Raises:
        WrongInput: for anything but SQLite in a file and PostgreSQL.
    """
    given = url or os.environ.get(VARIABLE) or str(state_folder() / FILE)
    if "://" not in given:
        return URL.create("sqlite", database=str(Path(given).expanduser().absolute()))
    remedy = f"set {VARIABLE} to sqlite:////PATH or postgresql://USER:PASSWORD@HOST/DATABASE"
    try:
        parsed = make_url(given)
    except (ArgumentError, ValueError):
        # The text itself may hold a password: it is not repeated.
        raise WrongInput("the URL of the history cannot be read", remedy=remedy) from None
    backend = parsed.drivername.partition("+")[0]
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg2")
    if backend != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise WrongInput(f"no history can be kept in {shown(parsed)}", remedy=remedy)
    return parsed.set(drivername="sqlite")


def shown(url: URL) -> str:
    """Give a URL as it may be printed: the path of a file, a server without its password."""
    if url.get_backend_name() == "sqlite" and url.database:
        return url.database
    return url.render_as_string(hide_password=True)


def connect(url: URL) -> Engine:
    """Open the database at `url` and make its tables where they are missing.

    Raises:
        HistoryUnavailable: when it cannot be reached, read or written.
        WrongInput: when a newer version of this program wrote it.
    """
    try:
        engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    except (NoSuchModuleError, ImportError) as error:
        raise WrongInput(
            f"no driver for the history in {shown(url)}",
            seen=str(error),
            remedy="run script/bootstrap, which installs it",
        ) from error
    _prepare(engine)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection inside one transaction that is on disk once the block is left."""
    with _explained(engine), engine.connect() as connection:
        connection = connection.execution_options(writes=True)
        with connection.begin():
            yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that waits for no writer."""
    with _explained(engine), engine.connect() as connection, connection.begin():
        yield connection


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or FILE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise HistoryUnavailable(
            f"the history {path} cannot be written",
            seen=str(error),
            remedy=f"make its folder writable, or set {VARIABLE} to another place",
        ) from error
    # No pool: connections cost 0.1 ms, and none is ever shared by threads or across a fork.
    engine = create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS},
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"connect_timeout": 10, "application_name": "epos-virt history"},
    )


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    """Make a committed step survive kill -9 and power loss, and let readers read meanwhile."""
    connection.isolation_level = None  # the driver begins nothing by itself; _begin does
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    deadline = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # SQLite does not apply busy_timeout to this switch: two first users collide here.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin(connection: Connection) -> None:
    """Take the write lock at once: a lock taken only at the first write can fail unwaited for."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare(engine: Engine) -> None:
    """Make the tables, or migrate them, once, whoever else is opening the same history."""
    try:
        with _explained(engine):
            with reading(engine) as connection:
                found = _revision(connection)
            if found != schema.REVISION:
                _make_or_migrate(engine)
    except BaseException:
        engine.dispose()
        raise


def _revision(connection: Connection) -> str | None:
    """Give the revision of the tables there are; None where there are none."""
    has_table = connection.dialect.has_table
    if has_table(connection, schema.revision.name):
        found: str | None = connection.scalar(select(schema.revision))
        return found
    if not has_table(connection, schema.version.name):
        return None
    version = connection.scalar(select(schema.version))
    return None if version is None else schema.FIRST_REVISION if version == 1 else f"v{version}"


def _make_or_migrate(engine: Engine) -> None:
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(:number)")
            connection.execute(lock, {"number": PREPARE_LOCK})
        found = _revision(connection)  # once more: another process may have been first
        if found is None:
            schema.tables.create_all(connection)
            connection.execute(insert(schema.version).values(version=schema.VERSION))
            connection.execute(insert(schema.revision).values(version_num=schema.REVISION))
        elif found != schema.REVISION:
            _migrate(connection, found)


def _migrate(connection: Connection, found: str) -> None:
    from history import migrations  # imports Alembic, which most openings need not wait for

    if found not in migrations.known():
        raise WrongInput(
            f"the history {shown(connection.engine.url)} was written by a newer epos-virt",
            seen=f"its revision is {found}, this program knows up to {schema.REVISION}",
            remedy=f"update this program, or set {VARIABLE} to another place",
        )
    migrations.upgrade(connection, found)


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    """Turn the database's errors into ours, which name the place and the remedy."""
    try:
        yield
    except DBAPIError as error:
        where = shown(engine.url)
        raise HistoryUnavailable(
            f"the history {where} could not be used",
            seen=str(error.orig).strip(),
            remedy=_remedy(error.orig, where),
            transient=_passes(error.orig),
        ) from error


def _passes(error: Any) -> bool:
    """Tell whether the same call may succeed later: another's lock, a server not yet there."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY
    # psycopg2 gives no SQLSTATE where no server answered; class 08 is a lost connection.
    code = getattr(error, "pgcode", None)
    return code is None or code.startswith("08")


def _remedy(error: Any, where: str) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return f"move {where} away, with its -wal and -shm; the next run begins a new one"
    if code == sqlite3.SQLITE_FULL:
        return f"free space on the disk that holds {where}"
    if code is not None and code & 0xFF == sqlite3.SQLITE_IOERR:
        # A full disk has no room for the file beside it that its users share.
        return f"see whether the disk is full (df {where}) or fails (dmesg)"
    if isinstance(error, sqlite3.Error):
        return f"see who holds it with: fuser {where}; and that its folder can be written"
    return f"compare {VARIABLE} with the server's address, user and database; psql tries the same"
