"""Backups that deployments make: the newest are kept, what gives no answer keeps nobody waiting."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import EposVirtError
from runs.telling import told_to
from tasks.database.backup import KEPT, back_up, backups_of
from tasks.database.contents import read_contents
from tests.unit.database.postgres_of_tests import EngineOfTests, Postgres, figures, server_with


def test_a_backup_is_a_dump_and_the_oldest_go(own_state: Path) -> None:
    there = Postgres({"gateway": figures(station=3)})
    before = [own_state / "backups" / "lab" / f"database-2026010{day}T000000Z" for day in range(9)]
    others = own_state / "backups" / "lab" / "database-of-mine"
    # An application whose name begins like this one's has its own.
    others_of_db = own_state / "backups" / "lab" / "database-gw-20260101T000000Z"
    for folder in (*before, others, others_of_db):
        folder.mkdir(parents=True)
    said: list[str] = []
    with told_to(said.append):
        back_up(server_with(EngineOfTests(there.answer)), "lab", "database")
    *old, newest = backups_of("lab", "database")
    assert old == before[-KEPT + 1 :]
    assert read_contents(newest).rows("gateway") == 3
    assert f"database: 3 rows are in {newest}" in said
    assert others.exists(), "what a person put there stays"
    assert others_of_db.exists()


def test_one_that_gives_no_answer_is_left_to_what_follows(own_state: Path) -> None:
    dead = EngineOfTests(lambda _database, _command: (2, b"", b"could not connect"))
    said: list[str] = []
    with told_to(said.append):
        back_up(server_with(dead), "lab", "database")
    assert any("database gives no answer and is not dumped" in line for line in said)
    assert backups_of("lab", "database") == []


def test_one_that_answers_and_cannot_be_dumped_stays_as_it_is(own_state: Path) -> None:
    there = Postgres({"gateway": figures(station=3)}, dump=b"create table")
    with pytest.raises(EposVirtError, match="its dump ended too early"):
        back_up(server_with(EngineOfTests(there.answer)), "lab", "database")
    assert backups_of("lab", "database") == []
