"""indexGD finds in every file what two independent methods found in it."""

import csv
import importlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Load = Callable[[str], ModuleType]


def read_truth(archive: Path) -> dict[str, dict[str, str]]:
    with (archive / "truth.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def records_of(indexgd: Load, archive: Path) -> dict[str, dict[str, Any]]:
    found = {}
    for path, kind, what in indexgd("index").index_archive(str(archive), "EPOS"):
        assert kind != "error", f"{path}: {what}"
        if kind == "record":
            found[path] = what
    return found


def check(record: dict[str, Any], truth: dict[str, str]) -> None:
    assert record["file_size"] == int(truth["file_size"])
    assert record["md5checksum"] == truth["md5_file"]
    assert record["md5uncompressed"] == truth["md5_uncompressed"]
    assert record["marker_name"] == truth["marker_name"]
    assert record["version"] == truth["rinex_version"]
    assert record["interval"] == float(truth["interval_modal"])
    assert record["n_epochs"] == int(truth["n_epochs"])
    for end in ("first_epoch", "last_epoch"):
        assert datetime.fromisoformat(record[end]) == datetime.fromisoformat(truth[end])


def test_every_real_observation_file_is_as_the_truth_says(
    indexgd: Load, real_archive: Path
) -> None:
    records, truth = records_of(indexgd, real_archive), read_truth(real_archive)
    for name, row in truth.items():
        check(records[name], row)
        named = datetime.strptime(row["name_datetime"], "%Y-%m-%d %H:%M")
        assert datetime.fromisoformat(records[name]["reference_date"]) == named
        assert records[name]["marker"].startswith(row["name_station"].upper())


def test_real_navigation_and_weather_files_are_listed_without_epochs(
    indexgd: Load, real_archive: Path
) -> None:
    records = records_of(indexgd, real_archive)
    others = {name: row for name, row in records.items() if row["content"] != "observation"}
    assert {name: row["format"] for name, row in others.items()} == {
        "AMEL00NLD_R_20210010000_01D_MN.rnx": "RINEX3_NAV",
        "amel0010.21g": "RINEX2_NAV",
        "cbw10010.21n.gz": "RINEX2_NAV",
        "clar0020.00m": "RINEX2_MET",
    }
    assert not any("n_epochs" in row for row in others.values())


def test_a_nine_character_marker_of_the_header_completes_a_short_name(
    indexgd: Load, real_archive: Path
) -> None:
    records = records_of(indexgd, real_archive)
    assert records["houz3000.25d.gz"]["marker"] == "HOUZ00GLP"
    assert records["eijs0010.21d"]["marker"] == "EIJS"  # its header says EIJSDEN


def test_generated_samples_are_as_their_truth_says(indexgd: Load, sample_archive: Path) -> None:
    records, truth = records_of(indexgd, sample_archive), read_truth(sample_archive)
    assert records.keys() == truth.keys()
    for name, row in truth.items():
        check(records[name], row)


def test_damaged_files_are_reported_and_the_others_indexed(
    indexgd: Load, sample_archive: Path, tmp_path: Path
) -> None:
    whole = (sample_archive / "many0020.24o.gz").read_bytes()
    (tmp_path / "cut10020.24o.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "none0020.24o").write_bytes(b"")
    (tmp_path / "text0020.24o").write_bytes(b"this is no RINEX\n" * 10)
    (tmp_path / "bad10020.24o.Z").write_bytes(b"\x1f\x9d\x90" + bytes(range(255, 0, -1)))
    (tmp_path / "many0020.24o.gz").write_bytes(whole)
    found = {
        path: what
        for path, kind, what in indexgd("index").index_archive(str(tmp_path), "EPOS")
        if kind == "error"
    }
    assert found["cut10020.24o.gz"] == "gzip data ends too early"
    assert len(found) == 4, "and the whole one beside them is read"
    assert all(found.values())


@pytest.mark.parametrize(
    ("name", "station", "begin", "window", "frequency", "content"),
    [
        ("delf0010.21o", "DELF", "2021-01-01T00:00:00", "24hour", None, "observation"),
        ("KOSG0010.95D.Z", "KOSG", "1995-01-01T00:00:00", "24hour", None, "observation"),
        ("kosg001b.95d.z", "KOSG", "1995-01-01T01:00:00", "1hour", None, "observation"),
        ("kosg001x45.95O", "KOSG", "1995-01-01T23:45:00", "15min", None, "observation"),
        ("amel0010.21G", "AMEL", "2021-01-01T00:00:00", "24hour", None, "navigation"),
        (
            "P43300USA_R_20190012056_17M_15S_MO.crx.bz2",
            "P43300USA", "2019-01-01T20:56:00", "17min", "15s", "observation",
        ),
        (
            "ABMF00GLP_R_20181330000_01D_30S_MO.zip",
            "ABMF00GLP", "2018-05-13T00:00:00", "24hour", "30s", "observation",
        ),
        (
            "AMEL00NLD_R_20210010000_01D_MN.rnx",
            "AMEL00NLD", "2021-01-01T00:00:00", "24hour", None, "navigation",
        ),
    ],
)  # fmt: skip
def test_names_say_station_period_and_content(
    indexgd: Load,
    name: str,
    station: str,
    begin: str,
    window: str,
    frequency: str | None,
    content: str,
) -> None:
    found = indexgd("names").parse_name(name)
    assert found == (station, datetime.fromisoformat(begin), window, frequency, content)


@pytest.mark.parametrize(
    "name",
    ["truth.csv", "houz00glp_20250106.log", "HOUZ00GLP.xml", "delf3670.21o", "delf0000.21o",
     "ABMF00GLP_R_20181332500_01D_30S_MO.rnx", "delf0010.21o.tar", ""],
)  # fmt: skip
def test_other_names_are_passed_over(indexgd: Load, name: str) -> None:
    assert indexgd("names").parse_name(name) is None


def test_lzw_survives_clear_codes(indexgd: Load, tmp_path: Path) -> None:
    ncompress = importlib.import_module("ncompress")
    # Text first, then noise: compress(1) clears its table when the ratio falls.
    noise = bytes((number * 2654435761 >> 13) & 0xFF for number in range(400_000))
    content = b"RINEX VERSION / TYPE\n" * 60_000 + noise + b"0123456789" * 30_000
    path = tmp_path / "file.Z"
    path.write_bytes(ncompress.compress(content))
    assert b"".join(indexgd("compress").expanded_chunks(str(path), print)) == content
