"""What a file imports, whether at its top or where it is used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ONLY_FOR = ("TYPE_CHECKING", "__name__ == '__main__'")


@cache
def imported(file: Path) -> frozenset[str]:
    """Give the modules, and names in them, that a file imports when it is imported or used."""
    return frozenset(_imported(file))


def _imported(file: Path) -> Iterator[str]:
    left: list[ast.AST] = [ast.parse(file.read_text())]
    while left:
        for node in ast.iter_child_nodes(left.pop()):
            if isinstance(node, ast.If) and ast.unparse(node.test) in ONLY_FOR:
                continue
            if isinstance(node, ast.Import):
                yield from (name.name for name in node.names)
            if isinstance(node, ast.ImportFrom):
                yield from (f"{node.module}.{name.name}" for name in node.names)
            left.append(node)
