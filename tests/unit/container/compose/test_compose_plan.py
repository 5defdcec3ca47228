"""Compose projects: only what differs is done; what others made is never touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from errors import EposVirtError
from tasks.container.compose_plan import Container, Difference, FoundContainers, Wanted, compare

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
ADDRESSES = {"database": "10.0.7.201", "fwss": "10.0.7.203"}
WANTED = Wanted(
    environment="lab",
    project="epos-lab",
    file="text",
    configs={"database": "now", "fwss": "now"},
    addresses=ADDRESSES,
    volumes=("epos-volume",),
)


def there(name: str, **differs: Any) -> Container:
    usual = {"environment": "lab", "config": "now", "address": ADDRESSES.get(name, "")}
    return Container(name, **{**usual, **differs})


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_compose_project_is_compared(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    found = FoundContainers(
        file=case.get("file", "text"),
        containers={name: there(name, **differs) for name, differs in case["have"].items()},
        foreign=tuple(case.get("foreign", ())),
        wrong_secrets=tuple(case.get("secrets", ())),
    )
    if "refused" in case:
        with pytest.raises(EposVirtError) as refused:
            compare(found, WANTED)
        assert refused.value.what == case["refused"]
        assert not refused.value.transient
        return
    done: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in case["do"].items()
    }
    assert compare(found, WANTED) == Difference(case["reason"], **done)
