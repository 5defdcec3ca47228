"""What an older version deployed is seen as unchanged: keys, marks, names and definitions stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.deployed.record import COMMAND, as_read, held, recorded

MEANS = f"""\
what was deployed before would be made again, or not be found any more, because these differ:
  %s
if that is meant, say so in the commit, and record anew with: {COMMAND}"""


def differing(before: Any, now: Any, place: str = "") -> Iterator[str]:
    """Name what differs, with both values."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in dict.fromkeys([*before, *now]):
            yield from differing(before.get(name), now.get(name), f"{place}/{name}")
    elif before != now:
        yield f"{place.lstrip('/')}: {before!r} before, now {now!r}"


@pytest.mark.parametrize("name", ["lab", "fixture"])
def test_what_an_older_version_deployed_is_unchanged(
    own_state: Path, tmp_path: Path, name: str
) -> None:
    before = json.loads(recorded(name).read_text())
    found = list(differing(before, as_read(held(tmp_path)[name])))
    assert not found, MEANS % "\n  ".join(found)


def test_a_key_that_is_another_is_named() -> None:
    before, now = {"domus": {"a": "1", "b": "2"}}, {"domus": {"a": "1", "b": "3"}}
    assert list(differing(before, now)) == ["domus/b: '2' before, now '3'"]
