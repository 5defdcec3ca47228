"""Progress of the lab's commands, on standard error; results go to standard output."""

from __future__ import annotations

import sys
import time

_STARTED = time.monotonic()


def say(text: str) -> None:
    """Write one line of progress, with the seconds since the command began."""
    sys.stderr.write(f"lab {time.monotonic() - _STARTED:6.1f} s  {text}\n")
    sys.stderr.flush()
