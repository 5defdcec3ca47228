"""The rule by which a run is marked: more than chance, more than nothing, beyond all before it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Protocol

from history.judging.effect import Change, change_of, is_exact

BEFORE = 7  # runs that one is compared with, at most: a week of nights
FEWEST_BEFORE = 3  # fewer do not show how much runs differ among themselves


class Summarised(Protocol):
    """What samples of a run say."""

    @property
    def unit(self) -> str:
        """Of all of them."""

    @property
    def median(self) -> float:
        """What a run is compared by."""

    @property
    def low(self) -> float:
        """The smallest."""

    @property
    def high(self) -> float:
        """The largest."""


def mark(
    before: Sequence[Summarised],
    now: Summarised,
    by_chance: Callable[[], float],
    chance: float,
) -> tuple[float | None, Change]:
    """Compare a run with those before it: its ratio to their median, and what that means.

    Args:
        before: the same figure of earlier runs, of which there may be too few to tell.
        now: this run's.
        by_chance: tells how often chance alone would do as much; asked where the medians differ.
        chance: how often it may, for a figure that scatters.
    """
    exact = all(is_exact(one.unit, one.low, one.high) for one in (*before, now))
    if len(before) < (1 if exact else FEWEST_BEFORE):
        return None, ""
    medians = [one.median for one in before]
    middle = statistics.median(medians)
    if middle <= 0 or min(medians) <= now.median <= max(medians):
        return None, ""
    change = change_of(now.median / middle, now.unit, exact)
    if change and not exact and by_chance() > chance:
        return None, ""
    return now.median / middle, change
