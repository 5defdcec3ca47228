"""How long to wait: limits are a plain machine's, and stretch with how slow this one was seen.

Every limit of the project is in seconds of a *plain* machine, one on which nothing that goes well
takes more than a quarter of it (the emulated lab on two quiet cores is one). What a machine is
seen to do teaches how far it is from that: every wait that ends well, and a fixed piece of work on
each server. So the same limits serve a server of today and one that is emulated and throttled.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

from state import replace_text, state_folder, state_place

SHARE = 0.25  # of a limit: what goes well on a plain machine takes no more
TELLING = 2.0  # seconds; what is over sooner tells of the scheduler, not of the machine
MOST = 16.0  # times a limit; more is no speed, but a machine that was stopped for a while
KEPT = 14 * 86400.0  # seconds: older sights tell of another load

_lock = threading.Lock()
_seen: dict[str, tuple[float, float]] | None = None  # by what: how slow, and when (Unix time)


def stretched(seconds: float) -> float:
    """Give a plain machine's limit as this machine needs it, in seconds."""
    return seconds * slowness()


def plain(seconds: float) -> float:
    """Give what was measured on this machine as a plain machine's: a limit is stretched later."""
    return seconds / slowness()


def slowness() -> float:
    """Tell how many times slower than a plain machine this one was seen to be; 1 at least."""
    oldest = time.time() - KEPT
    with _lock:
        return max([1.0, *(slow for slow, when in _sights().values() if when > oldest)])


def saw(what: str, took: float, limit: float) -> None:
    """Learn from something that went well; the last time counts, and is kept for later runs.

    Args:
        what: names it, the same each time.
        took: seconds it took.
        limit: seconds a plain machine is given for it.
    """
    slow = min(took / (limit * SHARE), MOST) if took > TELLING else 1.0
    with _lock:
        sights = _sights()
        before, _ = sights.get(what, (1.0, 0.0))
        sights[what] = (slow, time.time())
        if max(slow, before) > 1.0:  # else nothing that is kept would stretch any limit
            state_folder()
            replace_text(_path(), json.dumps(sights))


def _sights() -> dict[str, tuple[float, float]]:
    global _seen
    if _seen is None:
        try:
            known = json.loads(_path().read_text())
            _seen = {what: (float(slow), float(when)) for what, (slow, when) in known.items()}
        except (OSError, ValueError, AttributeError, TypeError):  # none yet, or cut off
            _seen = {}
    return _seen


def _path() -> Path:
    return state_place() / "patience.json"
