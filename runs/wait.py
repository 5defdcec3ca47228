"""Waiting for a named condition: as long as this machine needs, or while something goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from errors import EposVirtError
from runs import interruption
from runs.patience import saw, stretched

T = TypeVar("T")
LONGEST = 10.0  # limits, one after the other, that a wait goes on for while it sees progress


class StillWaiting(EposVirtError):
    """A condition did not come true in time."""


def wait_until(
    ask: Callable[[], T | None],
    *,
    what: str,
    within: float,
    remedy: str,
    every: float = 0.2,
    progress: Callable[[], object] | None = None,
) -> T:
    """Ask until the answer is truthy and return it.

    Args:
        ask: gives the answer, or something falsy; a transient EposVirtError or an OSError
            counts as "not yet" and is kept as the last thing seen.
        what: the condition by name, as it appears in the error.
        within: seconds until the wait is given up, on a plain machine (runs/patience.py).
        remedy: what to do when it is.
        every: seconds between two questions.
        progress: gives what changes while work goes on, like the length of a console; each
            change begins the limit anew, up to `LONGEST` of them.

    Raises:
        StillWaiting: with the name, the limit and the last thing seen.
        Interrupted: the run shall end.
    """
    began = time.monotonic()
    clock = _Clock(began, within, progress)
    seen = "nothing yet"
    while True:
        interruption.check()
        try:
            if answer := ask():
                saw(what, time.monotonic() - began, within)
                return answer
        except OSError as error:
            seen = str(error)
        except EposVirtError as error:
            if not error.transient:
                raise
            seen = error.what
        if ended := clock.ended():
            raise StillWaiting(f"{what} did not happen {ended}", seen=seen, remedy=remedy)
        interruption.pause(every)


class _Clock:
    """Tells when a wait is over: at its limit, or when nothing went on for so long."""

    def __init__(self, began: float, within: float, progress: Callable[[], object] | None) -> None:
        self.began = self.moved = began
        self.within = within
        self.progress = progress
        self.last = self._look()

    def ended(self) -> str:
        """Say why the wait is over; empty while it is not."""
        limit = stretched(self.within)  # asked each time: what other waits see counts at once
        now = time.monotonic()
        if now - self.moved < limit:
            return ""
        if (found := self._look()) != self.last and now - self.began < LONGEST * limit:
            self.last, self.moved = found, now
            return ""
        went_on = f", {now - self.began:.0f} s in all" if self.moved > self.began else ""
        return f"within {limit:.0f} s{went_on}"

    def _look(self) -> object:
        try:
            return self.progress() if self.progress else None
        except (OSError, EposVirtError):
            return self.last if hasattr(self, "last") else None
