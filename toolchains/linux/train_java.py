"""Start a Java application once, ask it once, and archive the classes that it loaded.

Runs in the build root: `python3.13 train_java.py SETTINGS.json`. The network is a loopback of
its own; whether the application answers well does not matter, only what it loads.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_PATIENCE = 30  # s until it listens; past that the classes loaded so far must do
_AFTER_ANSWER = 0.2  # s between two looks whether it listens


def loopback_up() -> None:
    """Bring the loopback up: a new network namespace has it down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", _IFF_UP))


def mount_proc(target: str) -> None:
    """Mount proc: the JVM reads its own. By the C library; the build root has no mount(8)."""
    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(b"proc", target.encode(), b"proc", 0, None):
        raise OSError(ctypes.get_errno(), "mount", target)


def ask(port: int, path: str) -> None:
    """Send one request as soon as the port listens; give up quietly."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as peer:
            peer.settimeout(_PATIENCE)
            peer.sendall(f"GET {path} HTTP/1.1\r\nHost: guest\r\n\r\n".encode())
            peer.recv(65536)
            return
        time.sleep(_AFTER_ANSWER)


def main(settings: dict[str, Any]) -> None:
    """Train and dump, in the guest's own root file system."""
    loopback_up()
    guest = settings["guest"]
    mount_proc(f"{guest}/proc")
    environment = {"PATH": "/usr/bin:/usr/sbin", "LC_ALL": "C.UTF-8", **settings["environment"]}
    java = subprocess.Popen(["chroot", guest, *settings["run"]], env=environment)
    ask(settings["port"], settings["path"])
    java.terminate()
    java.wait()
    with Path(guest, "app/classes").open("a", encoding="utf-8") as loaded:
        loaded.write(settings["classes"])
    result = subprocess.run(["chroot", guest, *settings["dump"]], env=environment, check=False)
    sys.exit(result.returncode)


if __name__ == "__main__":
    os.umask(0o022)
    main(json.loads(Path(sys.argv[1]).read_text()))
