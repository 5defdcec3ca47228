"""PostgreSQL in a container: what a command says, its end, and files that are put into it."""

from __future__ import annotations

import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.database.server import databases_of
from tests.unit.database.postgres_of_tests import EngineOfTests, Postgres, Said, server_with


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_an_answer_comes_whole_in_whatever_pieces(piece: int) -> None:
    engine = EngineOfTests(lambda *_: (0, "one\nzwölf\n".encode(), b"a warning"), piece)
    assert server_with(engine).ask("select 1;", "gateway") == ["one", "zwölf"]
    [(database, command)] = engine.told
    assert database == "gateway"
    assert "ON_ERROR_STOP=1" in command and "select 1;" in command
    assert engine.closed == 1


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ((3, b"half", b"ERROR:  no such table\n"), "ERROR:  no such table"),
        ((1, b"", b""), "it said nothing"),
    ],
)
def test_a_command_that_fails_tells_what_it_said(said: Said, seen: str) -> None:
    with pytest.raises(EposVirtError, match="ended with status") as failed:
        server_with(EngineOfTests(lambda *_: said)).ask("select 1;")
    assert failed.value.seen == seen
    assert "epos-database" in failed.value.what


def test_only_the_last_of_what_it_said_is_kept() -> None:
    long = b"x" * 9000 + b"the reason"
    with pytest.raises(EposVirtError) as failed:
        server_with(EngineOfTests(lambda *_: (1, b"", long))).ask("select 1;")
    assert len(failed.value.seen) == 2000
    assert failed.value.seen.endswith("the reason")


@pytest.mark.parametrize("size", [0, 1, 512, 3_000_000])
def test_a_file_is_its_users_own_and_nobody_elses(tmp_path: Path, size: int) -> None:
    file = tmp_path / "made here"
    file.write_bytes(b"a" * size)
    engine = EngineOfTests(Postgres({}).answer)
    server_with(engine).put(file, "/data/restoring", "dump.sql.gz")
    [(folder, archive)] = engine.taken
    assert folder == "/data/restoring"
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        [about] = tar.getmembers()
        assert (about.name, about.mode, about.uid, about.size) == ("dump.sql.gz", 0o600, 70, size)
        stream = tar.extractfile(about)
        assert stream and stream.read() == file.read_bytes()


def test_the_database_servers_of_an_environment_are_found(environment: Environment) -> None:
    assert [application.name for application in databases_of(environment)] == ["database"]
