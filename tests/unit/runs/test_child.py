"""Programs of this machine: run to their end, and what went wrong is told with what they said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runs.child import LAST_LINES, ProgramFailed, follow, run


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_what_it_printed_is_given(tmp_path: Path) -> None:
    code = "import os, sys; print(os.getcwd(), os.environ['A'], repr(sys.stdin.read()))"
    said = run(*python(code), folder=tmp_path, environment={"A": "b"})
    assert said == f"{tmp_path} b ''\n"


def test_both_streams_come_in_the_order_in_which_they_were_written() -> None:
    code = "import os\nfor n in range(4): os.write(1 + n % 2, str(n).encode())"
    assert run(*python(code), both=True) == "0123"


def test_a_failure_tells_what_the_status_and_its_last_lines() -> None:
    code = "print('\\n'.join(map(str, range(99)))); exit(3)"
    with pytest.raises(ProgramFailed) as failed:
        run(*python(code), what="nothing was made", remedy="look", transient=True)
    error = failed.value
    assert (error.what, error.remedy, error.transient) == ("nothing was made", "look", True)
    first, *lines = error.seen.splitlines()
    assert first.endswith(": exit status 3")
    assert lines == [str(n) for n in range(99 - LAST_LINES, 99)]


def test_one_that_is_not_there_is_told_with_how_to_get_it() -> None:
    with pytest.raises(ProgramFailed, match="no-such-program is not installed") as failed:
        run("no-such-program", what="nothing was made", missing="apt-get install it")
    assert "nothing was made" in failed.value.seen
    assert failed.value.remedy == "apt-get install it"


def test_one_that_does_not_end_is_ended(own_state: Path) -> None:
    with pytest.raises(ProgramFailed, match="did not end") as failed:
        run(*python("import signal; signal.pause()"), within=0.2)
    assert failed.value.transient


def test_what_one_says_is_heard_while_it_runs(tmp_path: Path) -> None:
    sign = tmp_path / "heard"
    # It ends when its first line was heard, and never where lines come with its end.
    code = f"""
import pathlib, sys, time
print("first " + sys.stdin.read(), file=sys.stderr, flush=True)
while not pathlib.Path({str(sign)!r}).exists(): time.sleep(0.01)
print("second", file=sys.stderr)
"""
    heard: list[str] = []

    def hear(line: str) -> None:
        heard.append(line)
        sign.touch()

    follow(*python(code), hear=hear, given="given")
    assert heard == ["first given", "second"]


def test_one_that_is_followed_and_fails_tells_what_it_said_last() -> None:
    heard: list[str] = []
    with pytest.raises(ProgramFailed, match="nothing was made") as failed:
        follow(*python("exit('no room')"), hear=heard.append, what="nothing was made")
    assert heard == ["no room"]
    assert failed.value.seen.splitlines()[1:] == ["no room"]
    with pytest.raises(ProgramFailed, match="no-such-program is not installed"):
        follow("no-such-program", hear=heard.append)
