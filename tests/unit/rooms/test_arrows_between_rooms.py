"""The rooms of the house: arrows point one way, and no room is a heap."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
# From the top down; a room may use what is below it. `flows` names `commands` once more, for
# `python -m flows.ps` is a command: see flows/__init__.py.
ROOMS = (
    "bench",
    "commands",
    "flows",
    "recommendation",
    "report",
    "tasks",
    "toolchains",
    "lab",
    "blocks",
    "runs",
    "history",
    "deployments",
    "state",
    "errors",
    "spelling",
    "printable",
)
ALSO = {("flows", "commands")}
MOST = 18  # modules of one folder
ONLY_FOR = ("TYPE_CHECKING", "__name__ == '__main__'")
# What only these may use. `lab` is used by its command line.
USERS = {"lab": {"bench", "commands"}, "commands": {"bench", "flows"}}


def files(room: str) -> list[Path]:
    """Give the modules of a room, without the programs that it sends to servers."""
    folder = PROJECT / room
    found = folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]
    return [file for file in found if "files" not in file.relative_to(PROJECT).parts]


def imported(file: Path) -> Iterator[str]:
    """Give the modules that a file imports when it is imported or used."""
    left: list[ast.AST] = [ast.parse(file.read_text())]
    while left:
        for node in ast.iter_child_nodes(left.pop()):
            if isinstance(node, ast.If) and ast.unparse(node.test) in ONLY_FOR:
                continue
            if isinstance(node, ast.Import):
                yield from (name.name for name in node.names)
            if isinstance(node, ast.ImportFrom):
                yield node.module or ""
            left.append(node)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_what_is_below_it(room: str) -> None:
    above = ROOMS[: ROOMS.index(room)]
    found = {
        (str(file.relative_to(PROJECT)), used)
        for file in files(room)
        for used in {name.partition(".")[0] for name in imported(file)} & set(ROOMS) - {room}
        if (used in above and (room, used) not in ALSO) or room not in USERS.get(used, {room})
    }
    assert found == set()


@pytest.mark.parametrize("room", ROOMS)
def test_no_folder_is_a_heap(room: str) -> None:
    folders = {file.parent for file in files(room)} - {PROJECT}
    heaps = {
        str(folder.relative_to(PROJECT)): count
        for folder in folders
        if (count := len(set(folder.glob("*.py")) - {folder / "__init__.py"})) > MOST
    }
    assert heaps == {}
