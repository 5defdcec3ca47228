"""Other processes: writing at once, killed, gone."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from history import History, Platform, database, open_history, process
from history.read import records
from history.schema import run as run_table
from tests.patience import LONGEST

Program = Callable[..., "subprocess.Popen[str]"]

UNTIL_KILLED = """
run = history.begin_run("deploy", "lab", Platform())
for number in range(3):
    step = history.begin_step(run, f"step {number}", "xen1")
    history.end_step(step, "changed", True, "")
history.begin_step(run, "the one it dies in", "xen1")
print(run, flush=True)
import time; time.sleep(600)
"""


def killed(another_process: Program) -> str:
    """Run a flow that is killed in its fourth step; returns the run's id."""
    program = another_process(UNTIL_KILLED)
    assert program.stdout is not None
    run = program.stdout.readline().strip()
    os.kill(program.pid, signal.SIGKILL)
    assert program.wait() == -signal.SIGKILL
    return run


def test_steps_committed_before_kill_9_survive_it(
    history: History, another_process: Program
) -> None:
    steps = history.run(killed(another_process))["steps"]
    assert [step["state"] for step in steps] == ["changed", "changed", "changed", "running"]


def test_the_next_run_marks_a_killed_one_as_interrupted(
    history: History, another_process: Program
) -> None:
    left = killed(another_process)
    assert history.run(left)["state"] == "running"
    history.begin_run("deploy", "lab", Platform())
    found = history.run(left)
    assert found["state"] == "interrupted"
    assert found["steps"][3]["state"] == "interrupted"
    assert found["steps"][3]["reason"] == "its process is gone"
    assert found["ended"] == found["steps"][3]["started"], "the last thing that is known of it"


def test_a_run_of_a_living_process_is_left_running(history: History, run: str) -> None:
    history.begin_run("deploy", "lab", Platform())
    assert history.run(run)["state"] == "running"


def test_a_run_of_another_machine_is_left_running(
    history: History, another_process: Program
) -> None:
    left = killed(another_process)
    with database.writing(history.engine) as connection:
        connection.execute(run_table.update().values(machine="elsewhere"))
    history.begin_run("deploy", "lab", Platform())
    assert history.run(left)["state"] == "running"


def test_a_pid_given_to_another_process_or_boot_is_not_the_same() -> None:
    boot, pid, started = process.this_process().split()
    assert not process.is_gone(f"{boot} {pid} {started}")
    assert process.is_gone(f"{boot} {pid} {int(started) + 1}")
    assert process.is_gone(f"another-boot {pid} {started}")


def test_processes_that_open_and_write_at_once_all_succeed(
    history_file: Path, another_process: Program
) -> None:
    writing = """
run = history.begin_run("deploy", sys.argv[1], Platform())
for number in range(8):
    step = history.begin_step(run, str(number), "xen1")
    history.end_step(step, "changed", True, "")
    history.add_samples(run, "a", "vm", f"metric_{number}", "s", [1, 2, 3], "")
history.end_run(run, "done")
"""
    programs = [another_process(writing, str(number)) for number in range(4)]
    assert [program.wait(timeout=LONGEST) for program in programs] == [0] * 4
    with open_history() as history:
        found = records(history.runs())
        assert {one["environment"] for one in found} == set("0123")
        assert {(one["state"], one["steps"]) for one in found} == {("done", 8)}
        assert len(history.metrics()) == 32


def test_a_reader_does_not_wait_for_a_writer(history: History, run: str) -> None:
    with database.writing(history.engine) as connection:
        connection.execute(run_table.update().values(state="failed"))
        assert history.run(run)["state"] == "running"
    assert history.run(run)["state"] == "failed"


@pytest.mark.parametrize("name", ["a (b) c", "sh"])
def test_a_process_is_recognised_whatever_its_name(name: str, tmp_path: Path) -> None:
    stat = Path(f"/proc/{os.getpid()}/comm")
    before = stat.read_text()
    known = process.this_process()
    try:
        stat.write_text(name)
        assert process.this_process() == known
    finally:
        stat.write_text(before)
