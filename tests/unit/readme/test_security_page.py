"""docs/security.md: each sentence names its test, and each test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
PAGE = (TESTS.parent / "docs" / "security.md").read_text()
NAMED = re.findall(r"`([\w/.-]+\.py)::(\w+)`", PAGE)
# A point of a list with the lines that go on it; a row of a table, but for its head.
POINTS = re.findall(r"^- .+(?:\n  .+)*", PAGE, re.MULTILINE)
ROWS = re.findall(r"^\| (?!machine).+ \|$", PAGE, re.MULTILINE)


@cache
def found_in(file: str) -> set[str]:
    """Name the tests of a file."""
    body = ast.parse((TESTS / file).read_text()).body
    return {one.name for one in body if isinstance(one, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_what_it_names_is_there(file: str, name: str) -> None:
    assert name in found_in(file)


@pytest.mark.parametrize("point", [*POINTS, *ROWS], ids=lambda point: str(point)[:40])
def test_each_of_its_points_is_proved_or_says_that_it_is_not(point: str) -> None:
    assert "::test_" in point or re.search(r"[Nn]o test", point)


def test_it_is_read_whole() -> None:
    assert len(ROWS) == PAGE.count("\n| ") - 1
    assert len(POINTS) == PAGE.count("\n- ")
    assert PAGE.count("::test_") == len(NAMED)
