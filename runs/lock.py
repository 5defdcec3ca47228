"""One writer per server: a lock that the kernel frees when its holder dies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

from errors import EposVirtError
from runs import held
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
    if (file := held.hold_soon(path, within=0.5)) is None:
        raise EposVirtError(
            f"server {server} is being changed by another run",
            seen=json.dumps(said) if (said := held.holder(path)) else "its holder has not said who",
            remedy="wait for that run, or end it; the lock goes with its process",
        )
    with file:
        held.say(file, run=holder)
        yield
