"""The same history in PostgreSQL: a real server, started for these tests."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from history import History, HistoryUnavailable, Platform, database, open_history, schema
from history.read import records
from tests.postgresql import PostgresTools


@pytest.fixture(scope="module")
def server(postgres_tools: PostgresTools) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="history-", dir="/tmp"))
    if postgres_tools.as_user:
        shutil.chown(folder, postgres_tools.superuser)

    def run(program: str, *arguments: str) -> None:
        command = [*postgres_tools.as_user, str(postgres_tools.folder / program), *arguments]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    data = str(folder / "data")
    run("initdb", "--pgdata", data, "--auth", "trust", "--username", "epos", "--no-sync")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    run("pg_ctl", "--pgdata", data, "-l", str(folder / "log"), "-w", "-o", options, "start")
    yield f"postgresql://epos@/postgres?host={folder}"
    run("pg_ctl", "--pgdata", data, "-w", "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture
def history(server: str) -> Iterator[History]:
    with open_history(server) as opened:
        yield opened
        with database.writing(opened.engine) as connection:
            connection.execute(text("TRUNCATE run, step, metric, sample"))


def test_runs_steps_and_figures_are_kept(history: History, platform: Platform) -> None:
    run = history.begin_run("measure", "lab", platform)
    step = history.begin_step(run, "indexGD", "xen1")
    history.end_step(step, "changed", True, "a\0b")
    history.add_samples(run, "null-guest", "unikernel", "size", "bytes", [1_800_000], "stat")
    history.add_samples(
        run, "indexGD", "unikernel", "size", "bytes", [3_600_000], "stat", warnings=["ä"]
    )
    history.end_run(run, "done")
    (listed,) = records(history.runs())
    assert (listed["run"], listed["changed"], listed["steps"]) == (run, 1, 1)
    assert listed["started"].endswith("Z")
    index = records(history.metrics(subject="indexGD"))[0]
    assert (index["median"], index["floor_ratio"], index["warnings"]) == (3_600_000, 2.0, ["ä"])
    assert history.run(run[:-1])["platform"] == str(platform)


def test_tables_are_made_once_by_whoever_comes_first(server: str) -> None:
    with open_history(server) as opened, database.writing(opened.engine) as connection:
        connection.execute(
            text("DROP TABLE alembic_version, history_version, sample, metric, step, run")
        )
    failures: list[Exception] = []

    def use() -> None:
        try:
            with open_history(server) as opened:
                opened.begin_run("deploy", "lab", Platform())
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with open_history(server) as opened:
        assert opened.runs()["run"].nunique() == 8


def test_a_server_that_does_not_answer_is_worth_another_try() -> None:
    with pytest.raises(HistoryUnavailable) as refused:
        open_history("postgresql://epos:canary@127.0.0.1:1/postgres")
    assert refused.value.transient
    assert "canary" not in str(refused.value)


def test_an_older_history_is_migrated(server: str, platform: Platform) -> None:
    with open_history(server) as opened:
        run = opened.begin_run("measure", "lab", platform)
        opened.add_samples(run, "RunQC", "unikernel", "start_boot", "s", [1.5, 0.5, 0.7], "console")
        with database.writing(opened.engine) as connection:
            for column in ("median", "low", "high", "samples"):
                connection.execute(text(f"ALTER TABLE metric DROP COLUMN {column}"))
            connection.execute(text("DROP TABLE alembic_version"))
            connection.execute(text("UPDATE history_version SET version = 1"))
    with open_history(server) as opened, database.reading(opened.engine) as connection:
        (found,) = connection.execute(schema.metric.select().where(schema.metric.c.run == run))
        assert (found.median, found.low, found.high, found.samples) == (0.7, 0.5, 1.5, 3)
        assert connection.scalar(schema.revision.select()) == schema.REVISION
