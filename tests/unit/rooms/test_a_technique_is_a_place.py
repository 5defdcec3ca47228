"""Which technique a thing is of is asked in one place: tasks/techniques."""

from __future__ import annotations

import ast

import pytest

from tests.unit.rooms.house import PROJECT, files
from tests.unit.rooms.imports import imported

HERE = "tasks/techniques/techniques.py"
FOLDERS = ("vm", "container", "unikernel", "domu")
LISTS = ("vms", "containers", "unikernels")  # the environment's applications of one technique
# What is done to all that runs.
KNOWS_NONE = (
    *("commands/ps.py", "commands/logs.py", "commands/start.py", "commands/stop.py"),
    *(
        "commands/rm.py",
        "commands/instances.py",
        "flows/steps/measure.py",
        "flows/steps/teardown.py",
    ),
    *("tasks/teardown.py", *(str(file.relative_to(PROJECT)) for file in files("tasks/server"))),
    *(str(file.relative_to(PROJECT)) for file in files("tasks/measuring")),
)


@pytest.mark.parametrize("room", ["tasks", "flows", "commands"])
def test_no_other_asks(room: str) -> None:
    asking = set()
    for file in files(room):
        name = str(file.relative_to(PROJECT))
        compared = (
            ast.unparse(side)
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Compare)
            for side in (node.left, *node.comparators)
        )
        hosting = "tasks.unikernel.hosted_instance.hosting" in imported(file)
        if hosting or any(text.endswith(".technique") for text in compared):
            asking.add(name)
    assert asking <= {HERE}
    assert room != "tasks" or asking == {HERE}


@pytest.mark.parametrize("name", KNOWS_NONE)
def test_what_is_done_to_all_that_runs_knows_none(name: str) -> None:
    file = PROJECT / name
    used = {".".join(one.split(".")[:2]) for one in imported(file)}
    assert not used & {f"tasks.{folder}" for folder in FOLDERS}
    nodes = ast.walk(ast.parse(file.read_text()))
    read = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert not read & set(LISTS)
