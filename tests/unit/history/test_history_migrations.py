"""A history of an older program is brought to today's tables when it is opened; nothing is lost."""

from __future__ import annotations

import sqlite3
import statistics
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from errors import WrongInput
from history import database, migrations, open_history, schema
from history.read import records
from tests.patience import LONGEST

if TYPE_CHECKING:
    import subprocess

# Written by the program of commit 9dd52ea while it ran its own tests; three of its runs.
VERSION_1 = Path(__file__).parent / "golden" / "history_version_1.sql"
TABLES = ("run", "step", "metric", "sample")

Program = Callable[..., "subprocess.Popen[str]"]


def rows(file: Path, columns: dict[str, list[str]] | None = None) -> dict[str, list[Any]]:
    """Give all that the tables hold; of given columns only."""
    with closing(sqlite3.connect(file)) as opened:
        return {
            table: opened.execute(
                f"SELECT {', '.join(columns[table]) if columns else '*'} FROM {table} ORDER BY 1, 2"
            ).fetchall()
            for table in TABLES
        }


def columns_of(file: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(file)) as opened:
        return {
            table: [row[1] for row in opened.execute(f"PRAGMA table_info({table})")]
            for table in TABLES
        }


@pytest.fixture
def version_1(history_file: Path) -> Path:
    """A history that was written before there were migrations."""
    with closing(sqlite3.connect(history_file)) as opened:
        opened.executescript(VERSION_1.read_text())
    return history_file


def test_every_row_of_an_older_history_is_there_after_it_was_opened(version_1: Path) -> None:
    columns, before = columns_of(version_1), rows(version_1)
    with open_history() as history:
        assert history.has_metrics("20261130-235907-b80")
    assert all(before.values()), "a file without rows proves nothing"
    assert rows(version_1, columns) == before


def test_its_figures_and_steps_read_as_before(version_1: Path) -> None:
    with open_history() as history:
        assert [run["run"] for run in history.listed()] == [
            "20261201-002939-ad5",
            "20261201-000330-a58",
            "20261130-235907-b80",
        ]
        failed = history.run("20261201-000330-a58")
        assert (failed["state"], failed["steps"][0]["state"]) == ("failed", "failed")
        running = records(history.metrics(subject="null-guest", metric="start_running"))
        assert [(one["samples"], round(one["median"], 3)) for one in running] == [
            (5, 0.818),
            (5, 0.709),
        ]


def test_what_the_samples_say_is_filled_in(version_1: Path) -> None:
    with open_history() as history, database.reading(history.engine) as connection:
        found = connection.execute(schema.metric.select()).all()
        values = connection.execute(schema.sample.select()).all()
    for one in found:
        own = [each.value for each in values if each.metric == one.id]
        assert (one.samples, one.low, one.high) == (len(own), min(own), max(own))
        assert one.median == statistics.median(own)


def test_a_migrated_history_is_written_on(version_1: Path, platform: Any) -> None:
    with open_history() as history:
        run = history.begin_run("measure", "lab", platform)
        history.add_samples(run, "RunQC", "unikernel", "size", "bytes", [5_500_000], "stat")
        history.end_run(run, "done")
        assert history.run("last")["run"] == run
    assert len(open_history().metrics(subject="RunQC")) == 1


def test_several_that_open_it_at_once_migrate_it_once(
    version_1: Path, another_process: Program
) -> None:
    before = columns_of(version_1)
    programs = [another_process("print(len(history.listed()))") for _ in range(4)]
    said = [program.communicate(timeout=LONGEST)[0] for program in programs]
    assert said == ["3\n"] * 4
    assert columns_of(version_1)["metric"] == [
        *before["metric"],
        "median",
        "low",
        "high",
        "samples",
    ]


def test_a_migration_that_fails_leaves_the_history_as_it_was(
    version_1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise MemoryError("no more")

    columns, before = columns_of(version_1), rows(version_1)
    with monkeypatch.context() as broken:
        broken.setattr("statistics.median", failing)
        with pytest.raises(MemoryError):
            open_history()
    assert (columns_of(version_1), rows(version_1)) == (columns, before)
    with open_history() as history:
        assert len(history.listed()) == 3


def test_migrations_make_what_the_schema_says(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'migrated.sqlite'}")
    with engine.begin() as connection:
        migrations.upgrade(connection, "base")
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.tables) == []
        assert context.get_current_revision() == schema.REVISION
        assert connection.scalar(text("SELECT count(*) FROM run")) == 0
    engine.dispose()


def test_a_new_history_is_of_the_newest_revision(history_file: Path) -> None:
    with open_history() as history, database.reading(history.engine) as connection:
        assert migrations.known()[0] == schema.REVISION
        assert connection.scalar(schema.revision.select()) == schema.REVISION
        assert set(inspect(connection).get_table_names()) == set(schema.tables.tables)


@pytest.mark.parametrize(
    "newer",
    ["UPDATE alembic_version SET version_num = '0099'",
     "DROP TABLE alembic_version; UPDATE history_version SET version = 99"],
)  # fmt: skip
def test_a_history_of_a_newer_program_is_refused_and_kept(history_file: Path, newer: str) -> None:
    open_history().close()
    with closing(sqlite3.connect(history_file)) as opened:
        opened.executescript(newer)
    before = rows(history_file)
    with pytest.raises(WrongInput, match="newer epos-virt"):
        open_history()
    assert rows(history_file) == before
