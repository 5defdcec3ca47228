"""How starts are timed: how often, what only warms up, and when their samples are void."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from errors import WrongInput
from runs.telling import tell

REPETITIONS = 5  # of every start, where no other number is asked for; the thesis measured once
MOST = 30  # starts, however much they scatter
SAME = 0.05  # by which the two arms of the same may differ: facts/performance.md

T = TypeVar("T")


@dataclass(frozen=True)
class Method:
    """How a run measures.

    Args:
        starts: how often each start is timed, at least.
        until: and goes on until the median's 95 % interval reaches no further than this part of
            it, and the A/A arm agrees; None: the fixed number is enough.
        again: whether also what was measured before, and did not change, is measured.
    """

    starts: int = REPETITIONS
    until: float | None = None
    again: bool = False

    def __str__(self) -> str:
        """Say how often, as a plan does."""
        if self.until is None:
            return f"{self.starts} starts"
        return f"{self.starts} to {self.most} starts, until within {self.until:.0%}"

    @property
    def most(self) -> int:
        """How often a start is timed at most."""
        return self.starts if self.until is None else max(MOST, self.starts)

    @property
    def warm_ups(self) -> int:
        """How many starts come before those that count: the first fills caches."""
        return 0 if self.until is None else 1

    def enough(self, seconds: Sequence[float]) -> bool:
        """Tell whether so many samples, in the order they were taken, are enough."""
        if len(seconds) < self.starts or self.until is None:
            return len(seconds) >= self.starts
        from history.judging.chance import reach_of_median  # NumPy takes a while to import

        well_known = reach_of_median(seconds) <= self.until and not self.void(seconds)
        return well_known or len(seconds) >= self.most

    def void(self, seconds: Sequence[float]) -> str:
        """Say why samples must not be used: two halves of the same differ; empty where they may.

        The halves are taken in turn, A B B A, so that a drift is in both.
        """
        if self.until is None or len(seconds) < 4:
            return ""
        from history.judging.chance import ratio_of_medians

        arms = [[value for at, value in enumerate(seconds) if at % 4 in own] for own in ARMS]
        ratio = ratio_of_medians(*arms).ratio
        if 1 - SAME <= ratio <= 1 + SAME:
            return ""
        return f"void: the A/A arm is at {ratio:.2f}, not within 1.00 ± {SAME:.2f}"


ARMS = ((0, 3), (1, 2))
FIXED = Method()
FEWEST, WIDEST = 5, 50  # starts and percent: with less, or more, an interval says nothing
NARROWEST = 1  # percent; no number of starts gives less


def method_of(starts: int, until: float | None, *, again: bool = False) -> Method:
    """Give the method that was asked for; `until` is in percent.

    Raises:
        WrongInput: there can be no such number of starts, or no such interval.
    """
    if not 1 <= starts <= MOST:
        raise WrongInput(f"{starts} starts", remedy=f"time 1 to {MOST} of each")
    if until is None:
        return Method(starts, again=again)
    if not NARROWEST <= until <= WIDEST:
        raise WrongInput(
            f"starts until the median is known within {until:g} %",
            remedy=f"{NARROWEST} % to {WIDEST} %",
        )
    return Method(max(starts, FEWEST), until / 100, again)


def repeated(
    method: Method,
    take: Callable[[], T],
    seconds: Callable[[T], float],
    told: str,
    warm_ups: int | None = None,
) -> list[T]:
    """Take samples until they are enough; those that warm up are left out.

    Args:
        method: says how many.
        take: takes one.
        seconds: gives how long one took.
        told: what has happened by then, as in `start 1: gone after 0.50 s`.
        warm_ups: how many at least are left out, if not as the method says.
    """
    for _ in range(max(method.warm_ups, warm_ups or 0)):
        tell(f"warm-up: {told} after {seconds(take()):.2f} s")
    taken: list[T] = []
    while not method.enough([seconds(one) for one in taken]):
        number = f"start {len(taken) + 1} of {method.most}"
        tell(number)
        taken.append(take())
        tell(f"{number}: {told} after {seconds(taken[-1]):.2f} s")
    return taken
