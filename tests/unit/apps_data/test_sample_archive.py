"""The generated archive is what a node would have: files with times, stations with logs."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Load = Callable[[str], ModuleType]


def test_each_station_has_a_log_that_says_all_that_stations_are_searched_by(
    fwss: Load, sample_archive: Path
) -> None:
    logs = {path.name: path.read_bytes() for path in sample_archive.glob("*.log")}
    stations = [fwss("sitelog").read_log(body).station for body in logs.values()]
    assert {one["marker"]: (one["city"], one["country"]) for one in stations} == {
        "TEST00FRA": ("Ajaccio", "FRA"),
        "MANY00NLD": ("Delft", "NLD"),
        "DEMO00PRT": ("Covilhã", "PRT"),
        "HIGH00PRT": ("Porto", "PRT"),
    }
    assert {one["marker"]: one["networks"] for one in stations} == {
        "TEST00FRA": ["EPOS", "Réseau Inventé"],
        "MANY00NLD": ["EPOS"],
        "DEMO00PRT": ["EPOS", "Rede Inventada"],
        "HIGH00PRT": ["EPOS", "Rede Inventada"],
    }
    for one in stations:
        assert one["state"] and one["agencies"] and one["date_from"] and one["monument"]
        kinds = {thing["type"]: thing["name"] for thing in one["equipment"]}
        assert kinds.keys() == {"receiver", "antenna", "radome"}
        assert kinds["antenna"].endswith(kinds["radome"])


def test_a_log_and_the_files_of_its_station_agree(
    fwss: Load, indexgd: Load, sample_archive: Path
) -> None:
    def log_of(marker: str) -> dict[str, object]:
        [log] = sample_archive.glob(f"{marker.lower()}*.log")
        station: dict[str, object] = fwss("sitelog").read_log(log.read_bytes()).station
        return station

    found = indexgd("index").index_archive(str(sample_archive), "EPOS")
    records = [what for _, kind, what in found if kind == "record"]
    assert len(records) == 4
    for record in records:
        log = log_of(record["marker"])
        assert log["position"] == record["position"]
        text = (sample_archive / record["name"]).read_bytes()
        if not record["name"].endswith(".gz"):
            for thing in log["equipment"]:  # type: ignore[attr-defined]
                assert thing["name"].encode() in text


def test_files_were_published_after_their_last_observation(
    indexgd: Load, sample_archive: Path
) -> None:
    found = indexgd("index").index_archive(str(sample_archive), "EPOS")
    records = {what["name"]: what for _, kind, what in found if kind == "record"}
    published = {name: record["creation_date"] for name, record in records.items()}
    assert published["test0010.24o"] == "2024-01-01T01:09:30"
    assert all(published[name] > record["last_epoch"] for name, record in records.items())


def test_the_same_archive_is_generated_at_any_time(sample_archive: Path, tmp_path: Path) -> None:
    generate = Path(__file__).resolve().parents[3] / "apps" / "rinex-sample" / "generate.py"
    subprocess.run([sys.executable, generate, tmp_path / "again"], check=True)
    for path in sample_archive.iterdir():
        again = tmp_path / "again" / path.name
        assert again.read_bytes() == path.read_bytes()
        assert again.stat().st_mtime == pytest.approx(path.stat().st_mtime)
