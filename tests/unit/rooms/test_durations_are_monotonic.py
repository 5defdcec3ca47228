"""How long something took is read from a clock that nobody sets; who asks for the date says why."""

from __future__ import annotations

import ast

from tests.unit.rooms.house import PROJECT, ROOMS, files

OF_THE_DATE = {
    "lab/ssh.py": "tells a server that was asleep what time it is",
    "runs/patience.py": "what was seen weeks ago does not count",
    "toolchains/linux/run_directly.py": "compared with the probe's, on the same machine's clock",
}


def asks_the_date(source: str) -> bool:
    return any(
        isinstance(node, ast.Attribute) and ast.unparse(node) in ("time.time", "time.time_ns")
        for node in ast.walk(ast.parse(source))
    )


def test_28_who_asks_for_the_date_has_a_reason() -> None:
    found = {
        str(file.relative_to(PROJECT))
        for room in ROOMS
        for file in files(room)
        if asks_the_date(file.read_text())
    }
    assert found == set(OF_THE_DATE)
