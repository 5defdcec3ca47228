"""Who listens on a port of this machine, as far as the kernel tells us; see proc(5)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_LISTENS = "0A"  # a socket's state in /proc/net/tcp


def listener_on(port: int) -> str:
    """Name the process that listens on a port, as `process 812 (nginx)`; empty where unknown.

    Lines of /proc/net/tcp have the local address and port in hexadecimal as second word, the state
    as fourth and the socket's inode as tenth. Others' processes are told to root only.
    """
    inodes = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == _LISTENS and int(words[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{words[9]}]")
    for process in Path("/proc").glob("[0-9]*") if inodes else ():
        with suppress(OSError):  # it has ended, or is somebody else's
            if any(str(one.readlink()) in inodes for one in (process / "fd").iterdir()):
                return f"process {process.name} ({(process / 'comm').read_text().strip()})"
    return ""
