"""Who runs a run, so that a later one can tell whether that process is gone."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_machine() -> str:
    """Name this machine so that no other writing to the same history has the same name."""
    return f"{socket.gethostname()} {_line('/etc/machine-id')}".strip()


def this_process() -> str:
    """Name this process: boot, pid and start; a pid alone is given again to another."""
    return f"{_boot()} {os.getpid()} {_started(os.getpid())}"


def is_gone(process: str) -> bool:
    """Tell whether a process of this machine, as this_process() named it, has ended."""
    boot, pid, started = process.split(" ")
    return boot != _boot() or _started(int(pid)) != started


def _boot() -> str:
    return _line("/proc/sys/kernel/random/boot_id") or "unknown"


def _started(pid: int) -> str:
    """Give the start of a process in clock ticks since boot; 'none' when there is none."""
    # 4711 (a name) S 1 …: the name may hold spaces and brackets, so split after the last one.
    fields = _line(f"/proc/{pid}/stat").rpartition(")")[2].split()
    # Third field of proc_pid_stat(5) is the state, the 22nd the start; Z and X are dead already.
    return "none" if len(fields) < 20 or fields[0] in "ZX" else fields[19]


def _line(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace").strip()
    except OSError:
        return ""
