"""The programs that a run has started on this machine."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path


def end_children() -> None:
    """Ask the programs that steps have started here, and wait for, to end.

    The run's own servers are in sessions of their own, and stay.
    """
    session = os.getsid(0)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # 4242 (make (all)) S 4200 4242 4100 ...: parent, process group, session
            parent, _, of_session = path.read_text().rpartition(")")[2].split()[1:4]
            if (int(parent), int(of_session)) == (os.getpid(), session):
                os.kill(int(path.parent.name), signal.SIGTERM)
