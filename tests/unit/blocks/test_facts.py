"""Facts of a machine are read in one command, and hold until something changes there."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.connection import Connection
from blocks.facts import Facts
from errors import EposVirtError

LIST = ("ls", "/")


def test_what_was_read_is_answered_without_asking_again(
    connection: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("before")
    connection.read_facts([("cat", str(file)), ("false",), ("no-such-program",)])
    file.write_text("after")
    assert connection.read(str(file)) == "before"
    assert not connection.ask("false")
    assert connection.run("no-such-program").status == 127


def test_after_a_change_the_machine_is_asked_again(connection: Connection, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("before")
    connection.read_facts([("cat", str(file))])
    connection.facts.forget()
    file.write_text("after")
    assert connection.read(str(file)) == "after"


def test_what_other_commands_answer_is_not_guessed(connection: Connection) -> None:
    connection.read_facts([("echo", "a")])
    assert connection.check("echo", "b") == "b\n"


def test_facts_read_before_a_change_are_not_kept_after_it() -> None:
    facts = Facts()
    before = facts.changes()
    facts.forget()
    facts.keep([LIST], '[[0, "bin", ""]]', before)
    assert facts.known(LIST) is None


@pytest.mark.parametrize("printed", ["", "Welcome!\n[]", "{}", '[[0, "bin"]]', "[1]"])
def test_a_machine_whose_shell_prints_is_told(printed: str) -> None:
    with pytest.raises(EposVirtError, match="something else"):
        Facts().keep([LIST], printed, 0)
