"""What runs are made of: the order of steps, one writer a server, waits that end, progress."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from errors import EposVirtError, WrongInput
from runs.lock import server_lock
from runs.progress import Progress
from runs.step import Step, in_order, nothing, select, selectable
from runs.wait import StillWaiting, wait_until
from state import state_folder

PROJECT = Path(__file__).parents[3]


def step(name: str, *after: str, group: str = "prepare_host") -> Step:
    return Step(name, group, "server", lambda: nothing("there"), after)


def names(steps: list[Step]) -> list[str]:
    return [found.name for found in steps]


def test_each_step_comes_after_those_it_names() -> None:
    steps = [step("c", "b"), step("b", "a"), step("a"), step("d", "a", "c")]
    assert names(in_order(steps)) == ["a", "b", "c", "d"]


def test_the_given_order_is_kept_where_nothing_else_is_said() -> None:
    assert names(in_order([step("z"), step("a"), step("m")])) == ["z", "a", "m"]


def test_a_need_that_is_not_in_the_run_is_taken_to_be_there() -> None:
    assert names(in_order([step("b", "left out"), step("a", "b")])) == ["b", "a"]


@pytest.mark.parametrize(
    "steps", [[step("a", "a")], [step("a", "b"), step("b", "a")], [step("x"), step("a", "a")]]
)
def test_steps_that_wait_for_one_another_are_refused(steps: list[Step]) -> None:
    with pytest.raises(ValueError, match="wait for one another: a"):
        in_order(steps)


CHOICE = [
    step("lab lab"),
    step("volume epos/root"),
    step("volume epos/home"),
    step("domu vm", group="create_domu"),
]


@pytest.mark.parametrize(
    ("only", "skip", "kept"),
    [
        ([], [], ["lab lab", "volume epos/root", "volume epos/home", "domu vm"]),
        (["volume"], [], ["volume epos/root", "volume epos/home"]),
        (["volume epos/root"], [], ["volume epos/root"]),
        (["create_domu"], [], ["domu vm"]),
        (["prepare_host"], ["lab"], ["volume epos/root", "volume epos/home"]),
        ([], ["volume", "create_domu"], ["lab lab"]),
        (["volume"], ["volume"], []),
        (["vol"], [], []),
    ],
)
def test_steps_are_chosen_by_name_kind_or_group(
    only: list[str], skip: list[str], kept: list[str]
) -> None:
    assert names(select(CHOICE, only, skip)) == kept


def test_every_word_that_chooses_is_listed() -> None:
    assert selectable(CHOICE) == sorted(
        {"lab", "lab lab", "volume", "volume epos/root", "volume epos/home"}
        | {"domu", "domu vm", "prepare_host", "create_domu", "epos/root", "epos/home", "vm"}
    )


def test_a_wait_gives_the_first_answer() -> None:
    answers = iter([None, "", EposVirtError("booting", remedy="", transient=True), "up"])

    def ask() -> str | None:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert wait_until(ask, what="it", within=30, every=0, remedy="") == "up"


@pytest.mark.parametrize(
    "error",
    [EposVirtError("vm: no connection", remedy="", transient=True), OSError("vm: no connection")],
)
def test_a_wait_that_ends_repeats_its_name_and_what_was_seen_last(error: Exception) -> None:
    def ask() -> None:
        raise error

    with pytest.raises(StillWaiting) as waited:
        wait_until(ask, what="SSH of vm", within=0.05, every=0.01, remedy="look at its console")
    assert waited.value.what == "SSH of vm did not happen within 0 s"
    assert waited.value.seen == "vm: no connection"
    assert waited.value.remedy == "look at its console"


def test_a_wait_ends_at_once_for_what_cannot_pass() -> None:
    def ask() -> None:
        raise WrongInput("host key changed", remedy="find out why")

    began = time.monotonic()
    with pytest.raises(WrongInput):
        wait_until(ask, what="SSH", within=60, remedy="")
    assert time.monotonic() - began < 5


HOLD = """
import sys
from runs.lock import server_lock
with server_lock("xen/1", "deploy_all of lab.yaml"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(own_state: Path) -> Iterator[subprocess.Popen[str]]:
    """Promise another process that holds the lock of server xen/1."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=PROJECT,
        env=os.environ | {"EPOS_VIRT_STATE": str(own_state)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_run_is_refused_and_told_who_is_there(holder: subprocess.Popen[str]) -> None:
    with (
        pytest.raises(EposVirtError, match="xen/1 is being changed") as error,
        server_lock("xen/1", "teardown"),
    ):
        pass
    told = json.loads(error.value.seen)
    assert told == {"pid": holder.pid, "run": "deploy_all of lab.yaml"}
    with server_lock("another", "teardown"):
        pass


def test_the_lock_of_a_killed_run_is_free(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    with server_lock("xen/1", "the next run"):
        pass


def test_a_lock_can_be_taken_again_after_it_was_left(own_state: Path) -> None:
    for holder in ("a long name of a first run", "b"):
        with server_lock("server", holder):
            (file,) = (own_state / "locks").iterdir()
            assert json.loads(file.read_text())["run"] == holder


def test_the_state_folder_is_for_its_owner_only(own_state: Path) -> None:
    folder = state_folder("secrets", "lab")
    assert folder == own_state / "secrets" / "lab"
    assert folder.stat().st_mode & 0o077 == 0


def test_a_plain_log_tells_what_runs_and_how_it_ended() -> None:
    file = io.StringIO()
    progress = Progress(Console(file=file, width=200))
    progress.expect(["volume epos/root", "proof"])
    with progress.shown():
        progress.started("volume epos/root")
        progress.said("volume epos/root", "lvcreate [root]")
        progress.said("volume epos/root", "lvcreate [root]")
        progress.ended("volume epos/root", "changed", "is missing\nmore of it")
        progress.ended("proof", "skipped", "not begun: a step before it failed")
    lines = [line[9:] for line in file.getvalue().splitlines()]
    assert lines[:2] == ["> volume epos/root", "  volume epos/root: lvcreate [root]"]
    assert lines[2].startswith("+   1/2 volume epos/root  0.")
    assert lines[2].endswith(" s  changed; before: is missing")
    assert lines[3].startswith("-   2/2 proof")
    assert len(lines) == 4


def test_a_long_step_shows_that_it_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runs.progress.REMIND_AFTER", 0.02)
    file = io.StringIO()
    progress = Progress(Console(file=file, width=200))
    progress.expect(["hypervisor", "domu vm"])
    with progress.shown():
        progress.started("hypervisor")
        wait_until(lambda: "still running" in file.getvalue(), what="a sign", within=20, remedy="")
    assert "still running: hypervisor (0 s); next: domu vm" in file.getvalue()


def test_an_error_tells_what_was_seen_and_what_to_do() -> None:
    error = EposVirtError("vm gave no SSH", seen="line one\nline two", remedy="xl console vm")
    assert str(error) == (
        "vm gave no SSH\n  seen: line one\n        line two\n  next: xl console vm"
    )
