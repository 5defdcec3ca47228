"""The history's database: where it is, how it is opened, and what its errors mean."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool, StaticPool

from errors import EposVirtError, WrongInput
from history import schema
from state import make_private, state_place

VARIABLE = "EPOS_VIRT_HISTORY"
FILE = "history.sqlite"

BUSY_SECONDS = 30  # another process' transaction takes milliseconds; a slow disk's fsync, seconds
PREPARE_LOCK = 0x45504F53  # PostgreSQL's advisory lock while tables are made; the number is ours
PLACES = f"set {VARIABLE} to a path, sqlite:////PATH or postgresql://USER:PASSWORD@HOST/DATABASE"

# With a : or an @ it is more likely a URL cut short, and its password would name a file: whoever
# means such a file writes ./ before it.
_PATH = re.compile(r"(?=[/.~]|[^:@]*\Z)[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*")


class HistoryUnavailable(EposVirtError):
    """The history could not be read or written."""


def locate(url: str | None = None) -> URL:
    """Say where the history is: `url`, else EPOS_VIRT_HISTORY, else a file in the state folder.

    A text without '://' is the path of a SQLite file. Nothing is made.

    Raises:
        WrongInput: for anything but SQLite in a file and PostgreSQL.
    """
    given = url or os.environ.get(VARIABLE) or str(state_place() / FILE)
    if "://" not in given:
        return URL.create("sqlite", database=_path(given))
    try:
        parsed = make_url(given)
    except (ArgumentError, ValueError):
        # The text itself may hold a password: it is not repeated.
        raise WrongInput("the URL of the history cannot be read", remedy=PLACES) from None
    backend = parsed.drivername.partition("+")[0]
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed.set(drivername="sqlite")
    if backend not in ("postgresql", "postgres"):
        raise WrongInput(f"no history can be kept in {parsed.drivername}://…", remedy=PLACES)
    # Of u:a@b/c@host, b would be taken for the host, and what follows be shown and asked for.
    if given.count("@") > (parsed.username is not None):
        raise WrongInput(
            "the URL of the history has an @ where none can be",
            remedy="in a user or password write %40 for @, %2F for /, %3A for :, %3F for ?",
        )
    return parsed.set(drivername="postgresql+psycopg2")


def shown(url: URL) -> str:
    """Give a URL as it may be printed: the path of a file, a server without its password."""
    if url.get_backend_name() == "sqlite" and url.database:
        return url.database
    told = {key: value for key, value in url.query.items() if key in ("host", "port", "dbname")}
    return url.set(query=told).render_as_string(hide_password=True)


def _path(given: str) -> str:
    try:
        if _PATH.fullmatch(given):
            return str(Path(given).expanduser().absolute())
    except RuntimeError:  # ~nobody
        pass
    # Not repeated either: it may be what is left of a URL.
    raise WrongInput("the history's place is neither a path nor a URL", remedy=PLACES)


def connect(url: URL) -> Engine:
    """Open the database at `url` and make its tables where they are missing.

    Raises:
        HistoryUnavailable: when it cannot be reached, read or written.
        WrongInput: when a newer version of this program wrote it.
    """
    engine = _sqlite(url) if _is_sqlite(url) else _postgresql(url)
    _prepare(engine)
    return engine


def connect_to_read(url: URL) -> Engine | None:
    """Open the database at `url` to read it; None where nothing was recorded. Makes nothing.

    Tables of an older version are migrated first, where they can be.

    Raises:
        HistoryUnavailable: when it cannot be reached or read, or needs to be migrated and cannot.
        WrongInput: when a newer version of this program wrote it.
    """
    if _is_sqlite(url) and not os.path.lexists(str(url.database)):
        return None
    engine = _sqlite_to_read(url) if _is_sqlite(url) else _postgresql(url)
    with _or_disposed(engine):
        with reading(engine) as connection:
            found = _revision(connection)
        if found == schema.REVISION:
            return engine
    engine.dispose()
    if found is None:
        return None
    try:
        return connect(url)
    except HistoryUnavailable as error:
        raise HistoryUnavailable(
            f"the history {shown(url)} must be migrated before it is read",
            seen=f"its revision is {found}, this program reads {schema.REVISION}; {error.seen}",
            remedy="copy it to where it can be written, and name that with " + VARIABLE,
            transient=error.transient,
        ) from error


def empty() -> Engine:
    """Give a history in which nothing was recorded, in memory: for who reads where none is."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    schema.tables.create_all(engine)
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


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or FILE)
    try:
        make_private(path.parent)
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


def _sqlite_to_read(url: URL) -> Engine:
    path = Path(url.database or FILE)
    engine = create_engine(
        url, poolclass=NullPool, hide_parameters=True, creator=lambda: _open_to_read(path)
    )
    event.listen(engine, "begin", _begin)
    return engine


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Open a file that is there, and write nothing to it.

    Not with mode=ro: that leaves its -wal and -shm behind. Without the right to write, SQLite
    takes mode=rw for it.
    """
    opened = _opened(path, "mode=rw")
    try:
        opened.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.OperationalError as error:
        opened.close()
        if error.sqlite_errorcode != sqlite3.SQLITE_CANTOPEN or not _rests(path):
            raise
        # The two files cannot be made beside it, as on a read-only disk; who could write it would
        # have made them.
        return _opened(path, "immutable=1")
    return opened


def _opened(path: Path, how: str) -> sqlite3.Connection:
    opened = sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    opened.execute("PRAGMA query_only = ON")
    return opened


def _rests(path: Path) -> bool:
    """Tell whether all that was written is in the file itself, and it is one that can be read."""
    beside = Path(f"{path}-wal")
    readable = path.is_file() and os.access(path, os.R_OK)
    return readable and not (beside.exists() and beside.stat().st_size)


def _postgresql(url: URL) -> Engine:
    try:
        return create_engine(
            url,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "application_name": "epos-virt history"},
        )
    except (NoSuchModuleError, ImportError) as error:
        raise WrongInput(
            f"no driver for the history in {shown(url)}",
            seen=str(error),
            remedy="run script/bootstrap, which installs it",
        ) from error


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
    with _or_disposed(engine), _explained(engine):
        with reading(engine) as connection:
            found = _revision(connection)
        if found != schema.REVISION:
            _make_or_migrate(engine)


@contextmanager
def _or_disposed(engine: Engine) -> Iterator[None]:
    try:
        yield
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
    if code == sqlite3.SQLITE_CANTOPEN:
        return (
            f"see that {where} is a file that can be read; from a folder that cannot be written, "
            "copy it with its -wal to another"
        )
    if code == sqlite3.SQLITE_FULL:
        return f"free space on the disk that holds {where}"
    if code is not None and code & 0xFF == sqlite3.SQLITE_IOERR:
        # A full disk has no room for the file beside it that its users share.
        return f"see whether the disk is full (df {where}) or fails (dmesg)"
    if isinstance(error, sqlite3.Error):
        return f"see who holds it with: fuser {where}; and that its folder can be written"
    return f"compare {VARIABLE} with the server's address, user and database; psql tries the same"
