"""Who goes first on a busy machine: the lab, for everything else of a deployment waits for it.

Images and kernels are built beside it, and would take half of its processors. Root may do this;
where it is not allowed, or the kernel has no such thing, all just share.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_NICE = -10  # sched(7): each of these 10 steps is worth a quarter more of a processor


def put_first(pid: int) -> None:
    """Let a process that leads its session go before others.

    Linux shares processors between sessions first (sched(7), "The autogroup feature"): the
    process's own nice value only counts among its session's.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, _NICE)
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(_NICE))


def go_first() -> None:
    """Make this process the leader of a session that goes before others."""
    os.setsid()
    put_first(os.getpid())
