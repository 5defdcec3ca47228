"""The terminal in which the README's commands are run: each tells how it ended."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.readme.terminal import Terminal, terminal

WITHIN = 60.0


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Terminal]:
    with terminal(tmp_path, os.environ) as opened:
        yield opened


def test_each_command_tells_its_status_and_what_it_showed(shell: Terminal, tmp_path: Path) -> None:
    shell.paste(["pwd", "false", "printf '\\e[31mred\\e[0m'; (exit 7)", "test -t 0"])
    assert [shell.status(number, within=WITHIN) for number in range(4)] == [0, 1, 7, 0]
    assert shell.shown_by(0).strip() == str(tmp_path)
    assert shell.shown_by(2) == "red"


def test_a_command_that_runs_until_ctrl_c_leaves_the_lines_after_it(shell: Terminal) -> None:
    shell.paste(["sh -c 'echo serving; exec tail -f /dev/null'", "pwd"])
    shell.interrupt(0, once="serving", within=WITHIN)
    assert [shell.status(number, within=WITHIN) for number in range(2)] == [130, 0]


def test_a_command_that_takes_the_next_lines_for_itself_is_found(shell: Terminal) -> None:
    shell.paste(["head -n 1", "pwd", "exit"])
    assert shell.status(0, within=WITHIN) == 0
    assert shell.shown_by(0).strip() == "pwd"
    with pytest.raises(AssertionError, match="no end of command 1"):
        shell.status(1, within=WITHIN)


def test_more_than_a_terminal_holds_can_be_pasted(shell: Terminal) -> None:
    shell.paste([f": {'x' * 200}"] * 100)
    assert shell.status(99, within=WITHIN) == 0
