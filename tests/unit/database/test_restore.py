"""A dump takes the place of what is there only when it is whole, and what was dumped."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from errors import EposVirtError, WrongInput
from tasks.database.contents import Contents, dumped
from tasks.database.dump import dump
from tasks.database.restore import check_whole, literal, quoted, refuse_later, restore
from tests.unit.database.postgres_of_tests import (
    DUMPED,
    EngineOfTests,
    Postgres,
    figures,
    server_with,
)

THEN = figures(station=3)
NOW = figures(station=5)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "today"


@pytest.fixture
def contents(folder: Path) -> Contents:
    """A dump of a database with three stations."""
    there = Postgres({"gateway": THEN})
    return dump(server_with(EngineOfTests(there.answer)), "lab", "database", folder)


def test_what_was_there_is_set_aside(folder: Path, contents: Contents) -> None:
    there = Postgres({"gateway": NOW, "gateway.before": "older", "portal": NOW}, restored=THEN)
    engine = EngineOfTests(there.answer)
    assert restore(server_with(engine), folder, contents)
    assert there.databases == {"gateway": THEN, "gateway.before": NOW, "portal": NOW}
    assert there.renamed == ["gateway to gateway.before", "gateway.restored to gateway"]
    [(place, archive)] = engine.taken
    assert place == "/data/restoring"
    assert dumped(folder, "gateway").read_bytes() in archive
    assert ("postgres", "rm -rf /data/restoring") in engine.told


def test_both_names_change_in_one_transaction(folder: Path, contents: Contents) -> None:
    engine = EngineOfTests(Postgres({"gateway": NOW}, restored=THEN).answer)
    restore(server_with(engine), folder, contents)
    [command] = [command for _, command in engine.told if "rename to" in command]
    began, ended = command.index("begin;"), command.index("commit;")
    assert began < command.index("alter database") < command.rindex("alter database") < ended


def test_a_database_that_is_not_there_is_made(folder: Path, contents: Contents) -> None:
    there = Postgres({}, restored=THEN)
    restore(server_with(EngineOfTests(there.answer)), folder, contents)
    assert there.databases == {"gateway": THEN}


@pytest.mark.parametrize("marked", [True, False])
def test_one_that_is_as_dumped_is_left_alone(
    folder: Path, contents: Contents, marked: bool
) -> None:
    there = Postgres({"gateway": THEN, "gateway.before": NOW}, marked=marked)
    engine = EngineOfTests(there.answer)
    assert restore(server_with(engine), folder, contents) is not marked
    assert there.databases == {"gateway": THEN, "gateway.before": NOW}
    assert not [command for _, command in engine.told if "drop" in command]


def test_what_is_not_what_was_dumped_replaces_nothing(folder: Path, contents: Contents) -> None:
    there = Postgres({"gateway": NOW}, restored=figures(station=2))
    with pytest.raises(EposVirtError, match="nothing was replaced") as failed:
        restore(server_with(EngineOfTests(there.answer)), folder, contents)
    assert failed.value.seen.startswith("station: 3 rows")
    assert there.databases == {"gateway": NOW}


def test_a_later_schema_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    later = Postgres({"gateway": figures(schema_version=9)})
    contents = dump(server_with(EngineOfTests(later.answer)), "lab", "database", tmp_path / "new")
    here = EngineOfTests(Postgres({"gateway": figures(schema_version=8)}).answer)
    with pytest.raises(WrongInput, match="has version 9 of the schema, the server's 8"):
        restore(server_with(here), tmp_path / "new", contents)
    assert here.taken == []


def test_an_earlier_schema_and_a_server_without_any_are_not() -> None:
    refuse_later("gateway", {"schema_version": (8, "")}, {"schema_version": (9, "")})
    refuse_later("gateway", {"schema_version": (8, "")}, {})


def test_a_cut_dump_is_refused_before_the_server_is_asked(folder: Path, contents: Contents) -> None:
    file = dumped(folder, "gateway")
    file.write_bytes(file.read_bytes()[:-9])
    engine = EngineOfTests(Postgres({}).answer)
    with pytest.raises(WrongInput, match="is damaged"):
        restore(server_with(engine), folder, contents)
    assert engine.told == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (gzip.compress(DUMPED[:20]), "was cut off"),
        (gzip.compress(b""), "was cut off"),
        (DUMPED, "is damaged"),
    ],
)
def test_a_file_that_is_not_whole_is_told(tmp_path: Path, written: bytes, told: str) -> None:
    file = tmp_path / "gateway.sql.gz"
    file.write_bytes(written)
    with pytest.raises(WrongInput, match=told):
        check_whole(file)


def test_names_are_written_as_sql_does() -> None:
    assert quoted('a"b') == '"a""b"'
    assert literal("it's") == "'it''s'"
