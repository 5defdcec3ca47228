"""One writer per server: a lock that the kernel frees when its holder dies."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from errors import EposVirtError
from state import state_folder


@contextmanager
def server_lock(server: str, holder: str) -> Iterator[None]:
    """Hold the lock of one server while a run changes it.

    Args:
        server: the server's name in the environment.
        holder: what holds it, shown to whoever else asks for it.

    Raises:
        EposVirtError: another run holds it; names that run and its process.
    """
    path = state_folder("locks") / (re.sub(r"[^A-Za-z0-9_.-]", "_", server) + ".lock")
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise EposVirtError(
                f"server {server} is being changed by another run",
                seen=file.read().strip() or "its holder has not said who it is yet",
                remedy="wait for that run, or end it; the lock goes with its process",
            ) from None
        file.seek(0)
        file.truncate()
        file.write(json.dumps({"pid": os.getpid(), "run": holder}))
        file.flush()
        yield
