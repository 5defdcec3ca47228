"""Who only reads the history makes nothing and needs to write nothing."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from commands import recommend, report
from commands.history import main
from history import History, HistoryUnavailable, Platform, open_history, read_history
from tests.patience import LONGEST

PROJECT = Path(__file__).parents[3]
VERSION_1 = Path(__file__).parent / "golden" / "history_version_1.sql"
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


def on_a_read_only_disk(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Ask for the history in a folder that takes no writes; root heeds no permission bits."""
    command = [sys.executable, "-m", "flows.history", *arguments]
    if os.geteuid() == 0:
        command = ["unshare", "--mount", "sh", "-c", READ_ONLY, str(folder), *command]
    else:
        folder.chmod(0o500)
    try:
        return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=LONGEST)
    finally:
        folder.chmod(0o700)


@pytest.fixture
def history_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "kept").mkdir()
    file = tmp_path / "kept" / "history.sqlite"
    monkeypatch.setenv("EPOS_VIRT_HISTORY", str(file))
    return file


@pytest.mark.parametrize("command", [["list", "-o", "json"], ["list"], ["metrics"]])
def test_where_none_is_that_is_told_and_nothing_is_made(
    own_state: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
) -> None:
    monkeypatch.delenv("EPOS_VIRT_HISTORY", raising=False)
    assert main(command) == 0
    told = capsys.readouterr()
    assert told.err == f"nothing was recorded yet: there is no {own_state}/history.sqlite\n"
    assert "json" not in command or json.loads(told.out) == []
    assert not own_state.exists()


def test_a_run_a_report_and_a_recommendation_make_nothing_either(
    own_state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EPOS_VIRT_HISTORY", raising=False)
    monkeypatch.chdir(PROJECT)
    assert main(["show", "last"]) == 2
    report.main(["-o", str(tmp_path / "report.md")])
    assert recommend.main([]) == 0
    assert not own_state.exists()


def test_a_history_that_rests_on_a_read_only_disk_is_read(history: History, run: str) -> None:
    history.close()
    file = Path(os.environ["EPOS_VIRT_HISTORY"])
    done = on_a_read_only_disk(file.parent, "list", "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    assert [one["run"] for one in json.loads(done.stdout)] == [run]


def test_what_is_not_yet_in_the_file_is_not_left_out(history_file: Path, run: str) -> None:
    with closing(sqlite3.connect(history_file)) as writing:
        writing.execute("UPDATE run SET flow = 'newer'")
        writing.commit()
        kept = {file: file.read_bytes() for file in history_file.parent.glob("*[el]")}
    for file, content in kept.items():  # as after kill -9, copied without its -shm
        file.write_bytes(content)
    assert len(kept) == 2
    done = on_a_read_only_disk(history_file.parent, "list")
    assert (done.returncode, done.stdout) == (1, "")
    assert "copy it with its -wal" in done.stderr
    assert main(["list", "--flow", "newer"]) == 0, "where it can be written, it is read"


def test_reading_writes_nothing_and_leaves_nothing_beside(history_file: Path, run: str) -> None:
    before = history_file.read_bytes()
    with read_history() as history:
        assert history.run("last")["run"] == run
        with pytest.raises(HistoryUnavailable, match="readonly"):
            history.begin_run("measure", "lab", Platform(kind="emulation"))
    assert list(history_file.parent.iterdir()) == [history_file]
    assert history_file.read_bytes() == before


def test_who_reads_sees_what_another_process_is_writing(history: History, run: str) -> None:
    with read_history() as reader:
        step = history.begin_step(run, "bridge", "xen1")
        history.end_step(step, "changed", True, "was missing")
        assert len(reader.run(run)["steps"]) == 1


@pytest.fixture
def version_1(history_file: Path) -> Path:
    with closing(sqlite3.connect(history_file)) as opened:
        opened.executescript(VERSION_1.read_text())
    return history_file


def test_an_older_one_is_migrated_where_it_can_be(version_1: Path) -> None:
    with read_history() as history:
        assert len(history.listed()) == 3


def test_an_older_one_that_cannot_be_written_is_said_to_need_that(version_1: Path) -> None:
    done = on_a_read_only_disk(version_1.parent, "list")
    assert done.returncode == 1
    first, seen, *_ = done.stderr.splitlines()
    assert first == f"the history {version_1} must be migrated before it is read"
    assert "its revision is 0001, this program reads 0002" in seen


def test_a_folder_in_the_place_of_the_file_is_told(history_file: Path) -> None:
    history_file.mkdir()
    with pytest.raises(HistoryUnavailable, match="could not be used"):
        read_history()


def test_a_file_without_tables_holds_nothing_yet(history_file: Path) -> None:
    history_file.touch()
    with read_history() as history:
        assert (history.listed(), history.missing) == ([], str(history_file))
    assert history_file.read_bytes() == b""
    open_history().close()
