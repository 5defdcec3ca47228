from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from history import History, Platform, open_history
from history.metric import START_PARTS, Technique
from tests.unit.report.measured import MEASURED, PLATFORM


def fill(history: History, nights: int, platform: Platform = PLATFORM) -> list[str]:
    """Measure so many nights; in the last one indexGD's unikernel is slower by half."""
    chance = random.Random(1)
    runs = []
    for night in range(nights):
        run = history.begin_run("measure", "lab", platform)
        runs.append(run)
        for (name, technique), (size, memory, start) in MEASURED.items():
            slow = 1.5 if (name, technique, night) == ("indexGD", "unikernel", nights - 1) else 1.0
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


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[History]:
    """An empty history that commands find too."""
    monkeypatch.setenv("EPOS_VIRT_HISTORY", str(tmp_path / "history.sqlite"))
    with open_history() as opened:
        yield opened


@pytest.fixture
def nights(history: History) -> list[str]:
    """Promise six nights in which most cells of the lab were measured."""
    return fill(history, 6)
