"""Timing what ends by itself at once, as the floors do: from its creation until it has ended."""

from __future__ import annotations

import time
from collections.abc import Callable

from runs.wait import wait_until
from tasks.measuring.timed_start import Start

ENDS_WITHIN = 60.0  # seconds
POLL = 0.005  # seconds between two looks whether it has ended


def timed_end(create: Callable[[], object], ended: Callable[[], bool]) -> Start:
    """Time a creation, until the call returns and until what it created has ended."""
    began = time.monotonic()
    create()
    running = time.monotonic()
    wait_until(
        ended, what="its end", within=ENDS_WITHIN, every=POLL, remedy="xl list on the server"
    )
    return Start(running - began, time.monotonic() - began)
