"""Which technique a thing is of is asked in one place: tasks/techniques."""

from __future__ import annotations

import ast

import pytest

from tests.unit.rooms.house import PROJECT, files
from tests.unit.rooms.imports import imported

HERE = "tasks/techniques/techniques.py"


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
