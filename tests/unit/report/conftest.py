from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from history import History, Platform, open_history
from history.metric import START_PARTS, Technique
from tests.quick_history import in_one_transaction
from tests.unit.report.measured import MEASURED, PLATFORM


def fill(history: History, nights: int, platform: Platform = PLATFORM) -> list[str]:
    """Measure so many nights; in the last one indexGD's unikernel is slower by half."""
    chance = random.Random(1)
    runs = []
    for night in range(nights):
        run = history.begin_run("measure", "lab", platform)
        runs.append(run)
        with in_one_transaction(history):
            for (name, technique), (size, memory, start) in MEASURED.items():
                last = (name, technique, night) == ("indexGD", "unikernel", nights - 1)
                slow = 1.5 if last else 1.0
                add(history, run, (name, technique), (size, memory, start * slow), chance)
        history.end_run(run, "done")
    return runs


def add(
    history: History,
    run: str,
    subject: tuple[str, Technique],
    figures: tuple[float, float, float],
    chance: random.Random,
) -> None:
    name, technique = subject
    size, memory, start = figures
    starts = [start * chance.uniform(0.95, 1.05) for _ in range(7)]
    history.add_samples(run, name, technique, "size", "bytes", [size], "stat")
    if memory:
        history.add_samples(run, name, technique, "memory", "bytes", [memory], "xl list")
    running = [0.3 * one for one in starts]
    history.add_samples(run, name, technique, "start_running", "s", running, "creating call")
    history.add_samples(run, name, technique, "start_first_answer", "s", starts, "GET /")
    if technique == "unikernel" and memory:
        for part, share in zip(START_PARTS, (0.3, 0.2, 0.4, 0.1), strict=True):
            values = [share * one for one in starts]
            history.add_samples(run, name, technique, part, "s", values, "console")


@pytest.fixture(scope="session")
def measured_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Six nights in which most cells of the lab were measured: the file, and the runs."""
    file = tmp_path_factory.mktemp("six-nights") / "history.sqlite"
    with open_history(str(file)) as opened:
        return file, fill(opened, 6)


@pytest.fixture
def history_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands find the history of a test."""
    file = tmp_path / "history.sqlite"
    monkeypatch.setenv("EPOS_VIRT_HISTORY", str(file))
    return file


@pytest.fixture
def nights(measured_once: tuple[Path, list[str]], history_file: Path) -> list[str]:
    """Promise six nights of the test's own; gives the runs."""
    file, runs = measured_once
    shutil.copy(file, history_file)
    return runs


@pytest.fixture
def history(history_file: Path) -> Iterator[History]:
    """The history, empty unless the test asked for `nights` first."""
    with open_history() as opened:
        yield opened
