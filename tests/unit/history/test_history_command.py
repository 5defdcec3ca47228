"""The command as a person and a script run it: another process, a pipe, a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commands.history import main
from history import History

PROJECT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-W", "error", "-m", "flows.history"]


@dataclass(frozen=True)
class Answer:
    returncode: int
    stdout: str
    stderr: str


Ask = Callable[..., Answer]


@pytest.fixture
def ask(history_file: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run the command as `python -m` does, in this process: starting one takes seconds."""

    def run(*arguments: str) -> Answer:
        try:
            status = main(arguments)
        except SystemExit as wrong_usage:
            status = int(str(wrong_usage.code))
        return Answer(status, *capsys.readouterr())

    return run


def in_a_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def as_json(answer: Any) -> Any:
    assert (answer.returncode, answer.stderr) == (0, "")
    return json.loads(answer.stdout)


@pytest.fixture
def deployed(history: History, run: str) -> str:
    step = history.begin_step(run, "bridge [bold]xenbr0", "xen1")
    history.end_step(step, "failed", True, "brctl: exit 1", 2, "first line\nlast line")
    history.add_samples(run, "indexGD", "unikernel", "start_first_answer", "s", [1.2, 1.0], "GET /")
    history.add_samples(run, "indexGD", "unikernel", "size", "bytes", [12_100_000], "stat")
    history.end_run(run, "failed")
    return run


def test_list_show_and_metrics_give_the_same_run_as_json(deployed: str, ask: Ask) -> None:
    (listed,) = as_json(ask("list", "-o", "json"))
    assert (listed["run"], listed["changed"], listed["steps"]) == (deployed, 1, 1)
    shown = as_json(ask("show", "last", "-o", "json"))
    assert shown["steps"][0]["reason"] == "brctl: exit 1"
    start, size = as_json(ask("metrics", "--run", deployed, "-o", "json"))
    assert (start["median"], start["low"], start["high"], start["samples"]) == (1.1, 1.0, 1.2, 2)
    assert (size["median"], size["unit"]) == (12_100_000, "bytes")


def test_filters_narrow(deployed: str, ask: Ask) -> None:
    assert as_json(ask("list", "--flow", "deploy", "-o", "json")) == []
    assert (
        len(
            as_json(
                ask("list", "--flow", "measure", "--state", "failed", "--limit", "1", "-o", "json")
            )
        )
        == 1
    )
    (only,) = as_json(ask("metrics", "--subject", "indexGD", "--technique", "unikernel",
                       "--metric", "size", "-o", "json"))  # fmt: skip
    assert only["metric"] == "size"
    assert as_json(ask("metrics", "--technique", "vm", "-o", "json")) == []


def test_it_is_a_program_with_an_exit_status(deployed: str) -> None:
    (listed,) = as_json(in_a_process("list", "-o", "json"))
    assert listed["run"] == deployed
    assert in_a_process("show", "nobody").returncode == 2


def test_an_empty_history_is_an_empty_list(history: History, ask: Ask) -> None:
    assert as_json(ask("list", "-o", "json")) == []
    assert as_json(ask("metrics", "-o", "json")) == []
    assert ask("list").returncode == 0


def test_show_as_text_has_steps_evidence_and_figures(deployed: str, ask: Ask) -> None:
    answer = ask("show", deployed[:-1])
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "bridge [bold]xenbr0" in answer.stdout
    assert "  first line\n  last line\n" in answer.stdout
    assert "thesis 120.1" in answer.stdout
    assert "\x1b" not in answer.stdout


def test_text_is_written_whatever_the_locale(deployed: str) -> None:
    answer = in_a_process("metrics", PYTHONIOENCODING="ascii")
    assert answer.returncode == 0
    assert "1100 (1000?1200)" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["show", "20200101-000000-abc"], "nearest: "),
        (["metrics", "--run", "nobody"], "there is no run 'nobody'"),
        (["list", "--state", "great"], "invalid choice: 'great'"),
        (["list", "--limit", "0"], "invalid"),
        ([], "usage: python -m flows.history"),
    ],
)
def test_wrong_input_is_status_2_and_on_standard_error(
    deployed: str, ask: Ask, arguments: list[str], complaint: str
) -> None:
    answer = ask(*arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert complaint in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_history_that_cannot_be_read_is_status_1(history_file: Path, ask: Ask) -> None:
    history_file.write_text("no database" * 1000)
    answer = ask("list")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "next: move" in answer.stderr


def test_a_pipe_closed_early_is_no_failure(history: History, run: str) -> None:
    for number in range(40):
        name = f"subject-{number}"
        history.add_samples(run, name, "vm", "start_boot", "s", [1.0] * 300, "method")
    program = subprocess.Popen(
        [*COMMAND, "metrics", "-o", "json"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline() == "[\n"
        program.stdout.close()
        assert program.stderr.read() == ""
    assert program.returncode == 0


def on_a_terminal(run: Callable[[int], int]) -> bytes:
    """Give all that is printed on a terminal while `run` has it; its end must be 0."""
    master, slave = pty.openpty()
    with ThreadPoolExecutor(1) as others:
        printed = others.submit(_read_all, master)
        try:
            status = run(slave)
        finally:
            os.close(slave)
        text = printed.result()
    os.close(master)
    assert status == 0
    return text


def _read_all(terminal: int) -> bytes:
    text = b""
    while True:
        try:
            text += os.read(terminal, 65_536)
        except OSError:  # EIO: the other end is closed
            return text


@pytest.fixture
def colourful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.usefixtures("colourful")
@pytest.mark.parametrize("arguments", [["list"], ["show", "last"], ["metrics"]], ids=str)
def test_a_terminal_gets_colours(
    deployed: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(terminal: int) -> int:
        with open(terminal, "w", closefd=False) as stdout, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stdout)
            return main(arguments)

    text = on_a_terminal(run)
    assert b"\x1b[1m" in text
    assert deployed.encode() in text


@pytest.mark.usefixtures("colourful")
def test_a_process_on_a_terminal_gets_colours(deployed: str) -> None:
    text = on_a_terminal(
        lambda terminal: (
            subprocess.run([*COMMAND, "list"], cwd=PROJECT, stdout=terminal, check=False).returncode
        )
    )
    assert b"\x1b[1m" in text
    assert deployed.encode() in text


def test_help_says_what_low_and_high_are(ask: Ask) -> None:
    answer = ask("metrics", "--help")
    assert "low and high are the smallest and the largest sample" in " ".join(answer.stdout.split())
