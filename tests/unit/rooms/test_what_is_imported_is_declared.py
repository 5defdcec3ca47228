"""A package that the rooms import is declared: none is there only because another wants it."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.unit.rooms.house import PROJECT, ROOMS, files
from tests.unit.rooms.imports import imported

NOBODYS = {"scan_imports": "lies beside compile_application.py in a build root"}


def name_of(requirement: str) -> str:
    """Give the package of `ruamel.yaml>=0.18` as an index names it: `ruamel-yaml`."""
    named = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert named
    return re.sub(r"[-_.]+", "-", named[0]).lower()


@pytest.fixture(scope="module")
def declared() -> set[str]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    return {name_of(one) for one in project["dependencies"]}


def test_all_that_the_rooms_import_is_declared(declared: set[str]) -> None:
    brought_by = packages_distributions()
    known = sys.stdlib_module_names | set(ROOMS) | set(NOBODYS)
    undeclared = {
        (str(file.relative_to(PROJECT)), top)
        for room in ROOMS
        for file in files(room)
        for top in {name.partition(".")[0] for name in imported(file)} - known
        if not declared & {name_of(one) for one in brought_by.get(top, [])}
    }
    assert undeclared == set()


def test_all_that_is_declared_is_locked(declared: set[str]) -> None:
    lock = (PROJECT / "requirements.lock").read_text()
    assert (
        declared - {name_of(one) for one in re.findall(r"^\S+(?===)", lock, re.MULTILINE)} == set()
    )
