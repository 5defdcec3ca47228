"""A dump appears when it is whole, with what its databases held at that moment."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from errors import EposVirtError, WrongInput
from tasks.database.contents import WHOLE, dumped, read_contents
from tasks.database.dump import dump
from tests.unit.database.postgres_of_tests import (
    DUMPED,
    EngineOfTests,
    Postgres,
    figures,
    server_with,
)


@pytest.mark.parametrize("piece", [1, 10, 10_000])
def test_every_database_is_a_file_of_its_own(tmp_path: Path, piece: int) -> None:
    there = Postgres({"gateway": figures(station=3), "portal": figures(login=1, page=2)})
    server = server_with(EngineOfTests(there.answer, piece))
    contents = dump(server, "lab", "database", tmp_path / "out" / "today")
    assert read_contents(tmp_path / "out" / "today") == contents
    assert contents.version == "17.6"
    assert contents.databases["gateway"] == {"station": (3, "300")}
    assert contents.rows("portal") == 3
    for name in contents.databases:
        file = dumped(tmp_path / "out" / "today", name)
        assert gzip.decompress(file.read_bytes()) == DUMPED
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["today"]


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        (DUMPED.replace(WHOLE, b""), "gateway: its dump ended too early"),
        (WHOLE + b"\n" + b"-- " * 1000, "gateway: its dump ended too early"),
    ],
)
def test_a_dump_that_was_cut_off_is_none(tmp_path: Path, cut: bytes, told: str) -> None:
    server = server_with(EngineOfTests(Postgres({"gateway": figures(a=1)}, dump=cut).answer))
    with pytest.raises(EposVirtError, match=told):
        dump(server, "lab", "database", tmp_path / "today")
    assert list(tmp_path.iterdir()) == []


def test_one_without_figures_is_none(tmp_path: Path) -> None:
    there = Postgres({"gateway": figures(a=1)})
    silent = EngineOfTests(
        lambda database, command: (
            (0, b"could not connect\n", b"")
            if "pg_dump" in command
            else there.answer(database, command)
        )
    )
    with pytest.raises(EposVirtError, match="said nothing of its tables") as failed:
        dump(server_with(silent), "lab", "database", tmp_path / "today")
    assert failed.value.seen == "could not connect\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    engine = EngineOfTests(Postgres({}).answer)
    with pytest.raises(WrongInput, match="is there already"):
        dump(server_with(engine), "lab", "database", tmp_path)
    assert engine.told == []


def test_a_database_whose_name_cannot_be_restored_is_refused(tmp_path: Path) -> None:
    server = server_with(EngineOfTests(Postgres({"a b": figures(a=1)}).answer))
    with pytest.raises(WrongInput, match="'a b' is not the name") as refused:
        dump(server, "lab", "database", tmp_path / "today")
    assert refused.value.remedy == "rename it"
