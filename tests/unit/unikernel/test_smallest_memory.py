"""The smallest memory of a unikernel: found in few starts, each of which is told."""

from __future__ import annotations

import pytest

from runs.telling import told_to
from tasks.unikernel.measuring import smallest_memory


@pytest.mark.parametrize("needed", [9, 10, 23, 31, 32, 47, 63, 64])
def test_the_smallest_memory_is_found_in_few_starts(needed: int) -> None:
    tried: list[int] = []

    def answers_with(mebibytes: int) -> bool:
        tried.append(mebibytes)
        return mebibytes >= needed

    assert smallest_memory(answers_with, 64, 8) == needed
    assert len(tried) <= 6
    assert all(8 < mebibytes < 64 for mebibytes in tried)


def test_what_was_tried_is_told() -> None:
    said: list[str] = []
    with told_to(said.append):
        smallest_memory(lambda mebibytes: mebibytes >= 10, 12, 8)
    assert said == ["10 MiB: answers", "9 MiB: does not answer"]
