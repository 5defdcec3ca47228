"""Every sample leaves the history as it is in there, whatever the format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import fastparquet
import pytest

from commands.history import main
from history import History

VALUES = [1.25, 0.1, 3.0]


@pytest.fixture
def measured(history: History, run: str) -> str:
    """A run with two figures, one of them with what CSV must quote."""
    method = 'a "quoted", method\nof two lines'
    history.add_samples(run, "indexGD", "unikernel", "start_boot", "s", VALUES, method)
    history.add_samples(run, "FWSS", "container", "size", "bytes", [40_800_000], "stat", False)
    return run


def read(file: Path) -> list[dict[str, Any]]:
    """Read what was exported, with the values as the format has them."""
    if file.suffix == ".json":
        found: list[dict[str, Any]] = json.loads(file.read_text())
        return found
    if file.suffix == ".parquet":
        with file.open("rb") as opened:
            frame = fastparquet.ParquetFile(opened).to_pandas()
        return [{str(name): row[name] for name in row} for row in frame.to_dict("records")]
    with file.open(newline="") as opened:
        return [
            {**row, "value": float(row["value"]), "valid": row["valid"] == "1"}
            for row in csv.DictReader(opened)
        ]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_every_sample_is_a_row(measured: str, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"all.{ending}"
    file.write_text("what was there before")
    assert main(["export", str(file)]) == 0
    rows = read(file)
    assert [row["value"] for row in rows] == [*VALUES, 40_800_000]
    assert [int(row["position"]) for row in rows] == [0, 1, 2, 0]
    assert [bool(row["valid"]) for row in rows] == [True, True, True, False]
    assert {row["run"] for row in rows} == {measured}
    assert rows[0]["method"] == 'a "quoted", method\nof two lines'
    assert not [path for path in tmp_path.iterdir() if path.is_dir()], "nothing is left beside it"


def test_without_a_file_it_is_csv_on_standard_output(
    measured: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--subject", "FWSS"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["subject"], float(row["value"])) == ("FWSS", 40_800_000)
    assert main(["export", "--format", "json", "--run", measured, "--metric", "size"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_an_empty_history_is_an_empty_table(history: History, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"none.{ending}"
    assert main(["export", str(file)]) == 0
    assert read(file) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["all.xlsx"], "give --format; known: csv, json, parquet"),
        (["all.parqet"], "write `parquet`"),
        (["nowhere/all.csv"], "there is no folder nowhere"),
        (["--format", "parquet"], "name a file"),
        (["all.csv", "--run", "nobody"], "there is no run 'nobody'"),
    ],
)
def test_what_cannot_be_written_is_told_and_nothing_is_written(
    measured: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    assert main(["export", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert set(tmp_path.iterdir()) == before
