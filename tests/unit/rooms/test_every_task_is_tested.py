"""Every module of `tasks` is imported by a unit test: none is known to work by others only."""

from __future__ import annotations

from tests.unit.rooms.house import PROJECT, files
from tests.unit.rooms.imports import imported


def test_every_task_module_is_imported_by_a_unit_test() -> None:
    tests = (PROJECT / "tests" / "unit").rglob("test_*.py")
    named = {name for file in tests for name in imported(file)}
    modules = {
        ".".join(file.relative_to(PROJECT).with_suffix("").parts)
        for file in files("tasks")
        if file.name != "__init__.py"
    }
    # Of `from tasks.looks import LOOKS` the module is what stands before the last dot.
    assert modules - named - {name.rpartition(".")[0] for name in named} == set()
