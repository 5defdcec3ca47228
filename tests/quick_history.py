"""A history of the tests' own: no power loss threatens it, and much can be recorded at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import pytest

from history import History, database

Configure = Callable[[sqlite3.Connection, object], None]


@contextmanager
def without_waiting_for_disks() -> Iterator[Configure]:
    """Let histories of this process be written while the block runs, but not onto the disk.

    Each of thousands of transactions would otherwise wait three times for a disk. Gives what
    configures a connection as it is shipped.
    """
    configure = database._configure

    def configured(connection: sqlite3.Connection, record: object) -> None:
        configure(connection, record)
        connection.execute("PRAGMA synchronous = OFF")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_configure", configured)
        yield configure


@contextmanager
def in_one_transaction(history: History) -> Iterator[None]:
    """Record all that the block records in one transaction: what there is, is made by others."""
    with database.writing(history.engine) as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "writing", lambda _engine: nullcontext(connection))
        yield
