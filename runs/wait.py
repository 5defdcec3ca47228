"""Waiting for a named condition with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from errors import EposVirtError
from runs import interruption

T = TypeVar("T")


class StillWaiting(EposVirtError):
    """A condition did not come true in time."""


def wait_until(
    ask: Callable[[], T | None],
    *,
    what: str,
    within: float,
    remedy: str,
    every: float = 0.2,
) -> T:
    """Ask until the answer is truthy and return it.

    Args:
        ask: gives the answer, or something falsy; a transient EposVirtError or an OSError
            counts as "not yet" and is kept as the last thing seen.
        what: the condition by name, as it appears in the error.
        within: seconds until the wait is given up.
        remedy: what to do when it is.
        every: seconds between two questions.

    Raises:
        StillWaiting: with the name, the limit and the last thing seen.
        Interrupted: the run shall end.
    """
    deadline = time.monotonic() + within
    seen = "nothing yet"
    while True:
        interruption.check()
        try:
            if answer := ask():
                return answer
        except OSError as error:
            seen = str(error)
        except EposVirtError as error:
            if not error.transient:
                raise
            seen = error.what
        if time.monotonic() >= deadline:
            raise StillWaiting(
                f"{what} did not happen within {within:.0f} s", seen=seen, remedy=remedy
            )
        interruption.pause(every)
