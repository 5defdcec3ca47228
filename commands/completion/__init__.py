"""Complete commands, files, names and steps on TAB. Print what a shell needs for that:

source <(epos-virt completion bash)     in bash; the same with zsh
epos-virt completion fish | source      in fish
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from commands import words
from commands.command import plain_parser
from commands.completion import names

SHELLS = ("bash", "zsh", "fish")


def parser(prog: str) -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = plain_parser(prog, str(__doc__))
    made.add_argument("shell", choices=SHELLS)
    return made


def main(arguments: Sequence[str] | None, prog: str) -> int:
    """Print a shell's code; gives the exit status."""
    asked = parser(prog).parse_args(arguments)

    from argcomplete.shell_integration import shellcode

    sys.stdout.write(shellcode(["epos-virt"], shell=asked.shell))
    return 0


def answer_the_shell(leave: Callable[[int], Any] = os._exit) -> None:
    """Tell the shell what could come at its cursor, and end the process.

    Args:
        leave: ends it, with a status.
    """
    import argcomplete
    from argcomplete.lexers import split_line

    # The words before the one at the cursor. The first is our name, the second the command: from
    # there on its own parser knows what can come, so only that one is made.
    line, point = os.environ["COMP_LINE"], int(os.environ["COMP_POINT"])
    before = split_line(line, point)[3]
    if len(before) < 2:
        known = _commands()
    elif (word := words.find(before[1])) and (parsed := word.parser()):
        known = _taught(parsed, word)
        os.environ["_ARGCOMPLETE"] = "2"  # argcomplete's way to say: the program is two words
    else:
        leave(0)  # nothing is known of what comes after this word
        return
    argcomplete.autocomplete(known, always_complete_options=False, exit_method=leave)


def _commands() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="epos-virt")
    listed = made.add_subparsers()
    for word in words.WORDS.values():
        listed.add_parser(word.name, help=word.what)
    return made


def _taught(known: argparse.ArgumentParser, word: words.Word) -> argparse.ArgumentParser:
    """Give a parser that knows of each argument what it can be."""
    from argcomplete.completers import FilesCompleter

    environments = FilesCompleter(("yaml", "yml"))
    ways: dict[str, Any] = {
        "environment": environments,
        "file": environments,
        "name": names.labs if word.name == "lab" else names.instances,
        "only": names.Steps(word.flow or word.name),
        "skip": names.Steps(word.flow or word.name),
        "snapshot": names.snapshots,
        "run": names.runs,
        "a": names.runs,
        "b": names.runs,
    }
    for action in _actions(known):
        if action.dest in ways:
            action.completer = ways[action.dest]  # type: ignore[attr-defined]
    return known


def _actions(known: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in known._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from _actions(below)
