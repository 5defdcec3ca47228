from __future__ import annotations

import math
import re
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from errors import WrongInput
from history import History, HistoryUnavailable, Platform, database, open_history
from history.read import records
from history.record import WrongRecord
from tests.quick_history import Configure

SAMPLES: dict[str, Any] = {
    "subject": "indexGD",
    "technique": "unikernel",
    "metric": "size",
    "unit": "bytes",
    "values": [12_100_000],
    "method": "stat",
}


def test_a_run_id_is_its_time_and_three_digits(run: str) -> None:
    assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{3}", run)


def test_a_hundred_runs_of_the_same_second_have_different_ids(history: History) -> None:
    runs = [history.begin_run("deploy", "lab", Platform()) for _ in range(100)]
    assert len(set(runs)) == 100
    assert list(history.runs()["run"]) == runs[::-1]


def test_a_step_goes_from_running_to_its_end(history: History, run: str) -> None:
    step = history.begin_step(run, "bridge xenbr0", "xen1")
    assert history.run(run)["steps"][0]["state"] == "running"
    assert history.run(run)["steps"][0]["ended"] is None
    history.end_step(step, "failed", True, "brctl: exit 1", retries=2, evidence="last lines")
    (ended,) = history.run(run)["steps"]
    assert ended["ended"] >= ended["started"]
    del ended["ended"], ended["started"]
    assert ended == {
        "step": "bridge xenbr0",
        "host": "xen1",
        "state": "failed",
        "changed": True,
        "retries": 2,
        "reason": "brctl: exit 1",
        "evidence": "last lines",
    }


def test_steps_that_are_open_end_with_their_run(history: History, run: str) -> None:
    history.begin_step(run, "build", "xen1")
    history.end_run(run, "cancelled")
    (step,) = history.run(run)["steps"]
    assert step["state"] == "cancelled"
    assert step["ended"] == history.run(run)["ended"]


@pytest.mark.parametrize(
    ("state", "changed"),
    [("unchanged", True), ("skipped", True), ("changed", False), ("running", False), ("ok", True)],
)
def test_a_step_whose_end_contradicts_itself_is_refused(
    history: History, run: str, state: Any, changed: bool
) -> None:
    step = history.begin_step(run, "bridge", "xen1")
    with pytest.raises(WrongRecord):
        history.end_step(step, state, changed, "")


def test_unknown_runs_and_steps_are_refused(history: History, run: str) -> None:
    with pytest.raises(WrongRecord, match="no run 20200101"):
        history.begin_step("20200101-000000-000", "bridge", "xen1")
    with pytest.raises(WrongRecord, match="no run 20200101"):
        history.end_run("20200101-000000-000", "done")
    with pytest.raises(WrongRecord, match="no run 20200101"):
        history.add_samples("20200101-000000-000", **SAMPLES)
    with pytest.raises(WrongRecord, match="no step 99"):
        history.end_step(99, "unchanged", False, "")
    with pytest.raises(WrongRecord, match="cannot end as 'running'"):
        history.end_run(run, "running")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"values": []},
        {"values": [math.nan]},
        {"values": [1.0, math.inf]},
        {"values": [-1.0]},
        {"unit": "MB"},
        {"unit": "s"},
        {"technique": "virtual machine"},
        {"metric": "Size of it"},
    ],
    ids=str,
)
def test_what_is_no_measurement_is_refused(
    history: History, run: str, wrong: dict[str, Any]
) -> None:
    with pytest.raises(WrongRecord, match="not recorded"):
        history.add_samples(run, **{**SAMPLES, **wrong})
    assert len(history.metrics()) == 0


def test_the_platform_can_be_completed_once_facts_are_read(
    history: History, platform: Platform
) -> None:
    run = history.begin_run("deploy", "lab", Platform())
    assert history.run(run)["platform"] == "unknown platform"
    history.set_platform(run, platform)
    assert history.run(run)["platform"] == (
        "emulation, Intel(R) Xeon(R) CPU @ 2.10GHz, 2 cores, 8.0 GB, Xen 4.20, Docker 26.1, "
        "QEMU 7.2.17, Debian 12"
    )
    assert history.run(run)["platform_details"] == platform.model_dump()


def test_a_guests_console_is_stored_without_its_control_characters(
    history: History, run: str
) -> None:
    step = history.begin_step(run, "boot", "xen1")
    history.end_step(
        step, "failed", False, "a\0b\udcffc", evidence="\x1b[1;31mred\x1b[0m\r\n\x1b]0;title\x07\tx"
    )
    (ended,) = history.run(run)["steps"]
    assert ended["reason"] == "ab?c"
    assert ended["evidence"] == "red\n\tx"


def test_of_long_evidence_the_end_is_kept(history: History, run: str) -> None:
    step = history.begin_step(run, "build", "xen1")
    history.end_step(step, "failed", False, "", evidence="x" * 100_000 + "the end")
    evidence = history.run(run)["steps"][0]["evidence"]
    assert len(evidence) == 16_384
    assert evidence.endswith("xthe end")


def test_threads_share_a_history(history: History, run: str) -> None:
    def work(name: str) -> None:
        for number in range(10):
            step = history.begin_step(run, f"{name}.{number}", "xen1")
            history.end_step(step, "changed", True, "")

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (record,) = records(history.runs())
    assert (record["steps"], record["changed"]) == (80, 80)


def test_sqlite_is_durable_and_readable_while_written(
    history_file: Path, as_shipped: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_configure", as_shipped)
    with open_history() as history, database.reading(history.engine) as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.scalar(text(f"PRAGMA {name}")) for name in asked]
    assert found == ["wal", 2, 1, 30_000]


def test_only_its_owner_reads_the_file(history: History, history_file: Path) -> None:
    assert stat.S_IMODE(history_file.stat().st_mode) == 0o600


def test_the_default_is_a_file_in_the_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EPOS_VIRT_HISTORY", raising=False)
    monkeypatch.setenv("EPOS_VIRT_STATE", str(tmp_path / "state"))
    open_history().close()
    assert (tmp_path / "state" / "history.sqlite").is_file()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u:canary@h/d", "://"])
def test_a_place_that_keeps_no_history_is_refused(url: str) -> None:
    with pytest.raises(WrongInput) as refused:
        open_history(url)
    assert "canary" not in str(refused.value)


def test_a_file_that_is_no_database_is_reported_and_left_alone(history_file: Path) -> None:
    history_file.write_bytes(b"not a database, but long enough to be read as one" * 100)
    before = history_file.read_bytes()
    with pytest.raises(HistoryUnavailable, match=r"next: move .*history\.sqlite away"):
        open_history()
    assert history_file.read_bytes() == before


def test_a_folder_in_the_place_of_the_file_is_reported(history_file: Path) -> None:
    history_file.mkdir()
    with pytest.raises(HistoryUnavailable, match="cannot be written"):
        open_history()
