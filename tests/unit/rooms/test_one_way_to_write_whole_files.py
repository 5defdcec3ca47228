"""What shall appear whole is written by `state.py`; whoever renames a file by hand says why."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.unit.rooms.house import PROJECT, ROOMS, files

NOT_BY_IT = {
    "lab/build.py": "a QEMU that a killed build left beside is ended before its folder goes",
    "lab/process.py": "the last console is kept, as .1",
    "runs/prefect_server/process.py": "a long log is kept, as .1",
    "state.py": "is the way",
    "toolchains/cache.py": "what is damaged is taken out of sight, then deleted",
    "toolchains/linux/buildroot.py": "is in the key of every image: all would be made anew",
}


def renames(source: str) -> Iterator[str]:
    """Give the calls that give a file another name: `os.rename(a, b)`, `path.replace(other)`."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            of_os = ast.unparse(call.func.value) == "os"
            # A text's `replace` has two arguments, a date's and a table's `rename` only named ones.
            if call.func.attr in ("rename", "replace") and (of_os or len(call.args) == 1):
                yield ast.unparse(call)


def test_who_renames_files_has_a_reason() -> None:
    found = {
        str(file.relative_to(PROJECT))
        for room in ROOMS
        for file in files(room)
        if any(renames(file.read_text()))
    }
    assert found == set(NOT_BY_IT)


@pytest.mark.parametrize(
    "line", ["os.replace(a, b)", "os.rename(a, b)", "a.rename(b)", "a.b.replace(c / d)"]
)
def test_every_way_to_rename_is_seen(line: str) -> None:
    assert list(renames(line)) == [line]


@pytest.mark.parametrize(
    "line",
    ["text.replace('a', 'b')", "date.replace(tzinfo=UTC)", "table.rename(columns=c)"],
)
def test_nothing_else_is_taken_for_one(line: str) -> None:
    assert not list(renames(line))
