from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from history import History, Platform, open_history

PROJECT = Path(__file__).parents[3]

Program = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def history_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "history.sqlite"
    monkeypatch.setenv("EPOS_VIRT_HISTORY", str(file))
    return file


@pytest.fixture
def history(history_file: Path) -> Iterator[History]:
    with open_history() as opened:
        yield opened


@pytest.fixture
def platform() -> Platform:
    return Platform(
        kind="emulation",
        processor="Intel(R)  Xeon(R) CPU @ 2.10GHz",
        cores=2,
        memory=8_000_000_000,
        controller_os="Debian 12",
        hypervisor_version="4.20",
        engine_version="26.1",
        qemu_version="7.2.17",
    )


@pytest.fixture
def run(history: History, platform: Platform) -> str:
    return history.begin_run("measure", "lab", platform)


@pytest.fixture
def another_process(history_file: Path) -> Iterator[Program]:
    """Start a program in another process, with the open history in its `history`."""
    started: list[subprocess.Popen[str]] = []

    def start(source: str, *arguments: str) -> subprocess.Popen[str]:
        opening = "import sys\nfrom history import *\nhistory = open_history()\n"
        process = subprocess.Popen(
            [sys.executable, "-c", opening + source, *arguments],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
