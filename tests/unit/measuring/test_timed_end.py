"""What ends at once is timed until its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runs.wait import StillWaiting
from tasks.measuring import timed_end as timing
from tasks.measuring.timed_end import timed_end


def test_it_is_timed_until_the_call_returns_and_until_it_has_ended() -> None:
    looks: Iterator[bool] = iter([False, False, True])
    taken = timed_end(lambda: None, lambda: next(looks))
    assert 0 <= taken.running < taken.first_answer
    assert list(looks) == []


def test_one_that_does_not_end_gives_no_figure(
    own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "ENDS_WITHIN", 0.05)
    with pytest.raises(StillWaiting, match="its end"):
        timed_end(lambda: None, lambda: False)
