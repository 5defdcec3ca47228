"""A history that is full, locked or damaged: it is told, and what was recorded stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from history import History, Platform, database, open_history
from history.database import HistoryUnavailable

LARGE = [float(number) for number in range(4000)]


def samples(history: History, run: str, subject: str) -> None:
    history.add_samples(run, subject, "vm", "start_boot", "s", LARGE, "method")


@contextmanager
def full(history: History) -> Iterator[None]:
    """Have the disk take no further page of the file, as SQLite sees a full one."""

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(history.engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(history.engine, "connect", limit)


def test_05_a_full_disk_is_told_and_nothing_recorded_is_lost(history: History, run: str) -> None:
    samples(history, run, "before")
    with full(history), pytest.raises(HistoryUnavailable) as error:
        for number in range(100):
            samples(history, run, f"subject-{number}")
    assert "free space on the disk" in error.value.remedy
    assert "before" in set(history.metrics()["subject"])
    samples(history, run, "after")
    assert "after" in set(history.metrics()["subject"])


def test_04_a_locked_history_is_worth_another_try(
    history: History, run: str, history_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    other = sqlite3.connect(history_file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(HistoryUnavailable) as error:
        samples(history, run, "waits")
    assert error.value.transient
    assert f"fuser {history_file}" in error.value.remedy
    assert history.run(run)["state"] == "running", "who reads waits for nobody"
    other.execute("COMMIT")
    other.close()
    samples(history, run, "waits")


def damaged_page(content: bytearray) -> None:
    content[4096 * 2 :] = bytes(len(content) - 4096 * 2)


def cut_short(content: bytearray) -> None:
    del content[4096:]


def another_header(content: bytearray) -> None:
    content[:16] = b"SQLite format 2\0"


@pytest.mark.parametrize("damage", [damaged_page, cut_short, another_header])
def test_04_a_damaged_history_is_told_and_left_as_it_is(
    history_file: Path, platform: Platform, damage: Callable[[bytearray], None]
) -> None:
    with open_history() as history:
        samples(history, history.begin_run("measure", "lab", platform), "one")
    with sqlite3.connect(history_file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(history_file.read_bytes())
    damage(content)
    history_file.write_bytes(content)
    with pytest.raises(HistoryUnavailable) as error, open_history() as history:
        history.metrics()
    assert f"move {history_file} away" in error.value.remedy
    assert history_file.read_bytes() == bytes(content)
