"""Files that a process holds for as long as it lives: the server's, its users', who serves."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runs.held import (
    alone,
    hold_soon,
    holder,
    say,
    shared,
    try_hold,
    wait_for_release,
    wait_for_the_last_user,
)
from runs.interruption import Interrupted, interruptible
from runs.telling import told_to
from runs.wait import StillWaiting
from tests.patience import LONGEST

PROJECT = Path(__file__).parents[3]


@contextmanager
def another_process(code: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run code in another process that then waits; it has printed a line when this is entered."""
    lines = [
        "import sys",
        "from pathlib import Path",
        "from runs.held import say, shared, try_hold",
        code,
        "print('there', flush=True)",
        "sys.stdin.read()",
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines), str(path)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        yield process
        process.kill()


HOLD = "file = try_hold(Path(sys.argv[1])); say(file, url='http://127.0.0.1:1/api')"
USE = "using = shared(Path(sys.argv[1]), within=9, remedy=''); using.__enter__()"


def test_nobody_holds_what_was_never_made(tmp_path: Path) -> None:
    assert holder(tmp_path / "lock") is None


def test_others_read_what_a_holder_says_and_cannot_hold_it_too(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with another_process(HOLD, path) as process:
        assert holder(path) == {"pid": process.pid, "url": "http://127.0.0.1:1/api"}
        assert try_hold(path) is None
        assert hold_soon(path, within=0.1) is None


def test_a_killed_holder_holds_no_more(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with another_process(HOLD, path) as process:
        process.kill()
        wait_for_release(path)
    assert holder(path) is None
    with try_hold(path) or pytest.fail("still held"):
        assert holder(path) == {}  # what the one before said is gone


def test_who_only_looks_is_not_in_the_way_for_long(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    over = threading.Event()

    def look_all_the_time() -> None:
        while not over.is_set():
            holder(path)

    looking = threading.Thread(target=look_all_the_time)
    looking.start()
    try:
        for _ in range(50):
            with hold_soon(path) or pytest.fail("could not be held") as file:
                say(file, url="there")
    finally:
        over.set()
        looking.join()


def test_the_last_user_is_waited_for_killed_ones_too(tmp_path: Path) -> None:
    path = tmp_path / "users"
    gone = threading.Event()

    def wait() -> None:
        wait_for_the_last_user(path).close()
        gone.set()

    with another_process(USE, path) as first, another_process(USE, path) as second:
        threading.Thread(target=wait, daemon=True).start()
        first.kill()
        first.wait()
        with shared(path, within=9, remedy=""):  # one more may come while it waits
            second.kill()
            second.wait()
            assert not gone.is_set()
        assert gone.wait(LONGEST)


def test_who_comes_after_the_last_user_waits_for_the_end_of_the_server(tmp_path: Path) -> None:
    path = tmp_path / "users"
    ending = wait_for_the_last_user(path)
    before = "the end of the Prefect server before"
    with pytest.raises(StillWaiting, match=before), shared(path, within=0.1, remedy="wait"):
        pass
    ending.close()
    with shared(path, within=9, remedy=""):
        pass


def test_who_comes_second_is_told_of_the_first_and_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "lock"
    path.parent.mkdir()
    lines: list[str] = []
    with another_process(HOLD, path) as process:

        def hear(line: str) -> None:
            lines.append(line)
            process.kill()  # as whoever reads it might

        with told_to(hear), alone(path, "builds the same image"):
            assert (holder(path) or {})["pid"] == os.getpid()
        assert lines == [f"waits for process {process.pid}: builds the same image"]
    assert holder(path) is None


def test_who_waits_for_another_ends_when_told(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with (
        interruptible() as bell,
        told_to(lambda _line: bell.ask()),
        another_process(HOLD, path),
        pytest.raises(Interrupted),
        alone(path, "builds the same image"),
    ):
        pass
