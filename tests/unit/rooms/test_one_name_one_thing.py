"""A name of a class means one thing in the whole house."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict

from tests.unit.rooms.house import PROJECT, ROOMS, files

# Images are filed under the text of toolchains/linux/, which names the second of these: renaming it
# would have every image made anew. The first is in every environment's schema.
KEPT = {"Application": {"deployments/guest.py", "toolchains/interface.py"}}


def test_no_two_classes_have_the_same_name() -> None:
    named: dict[str, set[str]] = defaultdict(set)
    for file in (file for room in ROOMS for file in files(room)):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                named[node.name].add(str(file.relative_to(PROJECT)))
    assert {name: places for name, places in named.items() if len(places) > 1} == KEPT


def test_no_two_files_of_tests_have_the_same_name() -> None:
    names = Counter(file.name for file in (PROJECT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
