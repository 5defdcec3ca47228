"""docs/faults.md: every item is there, and every test that it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
TEXT = (PROJECT / "docs" / "faults.md").read_text()
CASES = PROJECT / "tests" / "unit" / "deployments" / "cases"
ITEMS = {"Faults": 32, "Bad input": 64, "Attackers": 23}
NAMED = re.compile(r"`(tests/\S+\.py)::((?:\w+::)?\w+)(?:\[([^\]`]+)\])?`")
CASE = re.compile(r"`(\d\d)_(\w+)`")


def rows(title: str) -> list[tuple[int, str]]:
    """The rows of a table by their numbers."""
    part = re.split(r"^## ", TEXT, flags=re.MULTILINE)
    [table] = [one for one in part if one.startswith(f"{title}\n")]
    found = re.findall(r"^\| (\d+) \| .+? \| (.+) \|$", table, re.MULTILINE)
    return [(int(number), proof) for number, proof in found]


@cache
def named_in(path: str) -> frozenset[str]:
    """The names of a file's tests, by reading it; those of a class after its name."""
    names = set()
    for one in ast.parse((PROJECT / path).read_text()).body:
        for test in one.body if isinstance(one, ast.ClassDef) else [one]:
            before = f"{one.name}::" if isinstance(one, ast.ClassDef) else ""
            if isinstance(test, ast.FunctionDef):
                names.add(before + test.name)
    return frozenset(names)


def is_parameter(file: Path, parameter: str) -> bool:
    """Whether a file's tests are tried with this, written there or a file of its cases."""
    written = f'"{parameter}"' in file.read_text()
    return written or any(file.parent.rglob(f"{parameter}.yaml"))


def missing(text: str) -> Iterator[str]:
    """What a text names and is not there."""
    for path, name, parameter in NAMED.findall(text):
        file = PROJECT / path
        if not file.is_file() or name not in named_in(path):
            yield f"{path}::{name}"
        elif parameter and not is_parameter(file, parameter):
            yield f"{path}::{name}[{parameter}]"
    for number, name in CASE.findall(text):
        if not (CASES / f"{number}_{name}.yaml").is_file():
            yield f"{number}_{name}"


@pytest.mark.parametrize("title", ITEMS)
def test_every_item_has_a_row_with_a_test_or_the_reason_why_not(title: str) -> None:
    table = rows(title)
    assert [number for number, _ in table] == list(range(1, ITEMS[title] + 1))
    for number, proof in table:
        said = NAMED.search(proof) or CASE.search(proof)
        assert said or proof.startswith("no test: "), f"{title} {number}"


def test_every_test_that_is_named_is_there() -> None:
    assert list(missing(TEXT)) == []


def test_what_is_not_there_is_found() -> None:
    here = Path(__file__).relative_to(PROJECT)
    wrong = [f"{here}::test_none", "tests/unit/none.py::test_x", f"{here}::rows[none]", "99_none"]
    assert list(missing(" ".join(f"`{one}`" for one in wrong))) == wrong
