"""What a dump says of itself, and what differs between two databases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from errors import WrongInput
from tasks.database.contents import (
    FILE,
    Contents,
    Figures,
    different,
    dumped,
    figures_of,
    read_contents,
    usable,
)

# Lines of `psql` from the database of the lab.
ANSWER = [
    '{"station" : [3, "-5283465187465918"]}',
    '{"sequence station_id_seq" : [1, "3"]}',
    '{"(columns)" : [12, "0cc175b9c0f1b6a831c399e269772661"]}',
]
FOUND: Mapping[str, Figures] = figures_of(ANSWER)


@pytest.fixture
def contents() -> Contents:
    return Contents(
        environment="lab",
        application="database",
        made_at=datetime(2026, 12, 1, tzinfo=UTC),
        version="17.6",
        databases={"gateway": FOUND},
    )


def test_the_figures_of_tables_sequences_and_schema_are_read(contents: Contents) -> None:
    assert FOUND["station"] == (3, "-5283465187465918")
    assert set(contents.tables("gateway")) == {"station"}
    assert contents.rows("gateway") == 3


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({}, ""),
        ({"station": (3, "7")}, "station: 3 rows with the sum -5283465187465918 in the dump, 3"),
        ({"station": (2, "-5283465187465918")}, "station: 3 rows"),
        ({"agency": (1, "1")}, "agency: absent in the dump, 1 rows"),
        ({"(columns)": (12, "other")}, "(columns): 12 rows"),
        # It goes on while it is dumped, and never back.
        ({"sequence station_id_seq": (1, "9")}, ""),
        ({"sequence station_id_seq": (1, "2")}, "sequence station_id_seq: 1 rows with the sum 3"),
    ],
)
def test_what_differs_is_told(other: Mapping[str, Figures], said: str) -> None:
    found = different(FOUND, {**FOUND, **other})
    assert found.startswith(said)
    assert bool(found) == bool(said)


def test_a_table_that_is_gone_differs() -> None:
    left = {name: figures for name, figures in FOUND.items() if name != "station"}
    assert different(FOUND, left).endswith("in the dump, absent restored")


@pytest.mark.parametrize("name", ["gateway", "EPOS-1", "_a.b", "a" * 50])
def test_a_name_is_usable(name: str) -> None:
    assert usable(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "a" * 51, 'a"b', "a b", "../a", ".a", "postgres", "template1", "x.before", "x.restored"],
)
def test_a_name_is_not_usable(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a database"):
        usable(name)


def test_a_dump_is_read_as_it_was_written(tmp_path: Path, contents: Contents) -> None:
    (tmp_path / FILE).write_text(contents.model_dump_json())
    with pytest.raises(WrongInput, match="lacks gateway"):
        read_contents(tmp_path)
    dumped(tmp_path, "gateway").touch()
    assert read_contents(tmp_path) == contents


@pytest.mark.parametrize("text", [None, "", "{}", '{"databases": {}}', "[1"])
def test_another_folder_is_no_dump(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / FILE).write_text(text)
    with pytest.raises(WrongInput, match="is no dump"):
        read_contents(tmp_path)


def test_a_dump_that_leads_out_of_its_folder_is_none(tmp_path: Path, contents: Contents) -> None:
    text = contents.model_dump_json().replace('"gateway"', '"../gateway"')
    (tmp_path / FILE).write_text(text)
    with pytest.raises(WrongInput, match="is not the name of a database"):
        read_contents(tmp_path)
    assert dumped(tmp_path, "../gateway").parent == tmp_path
