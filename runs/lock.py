"""One writer per server: a lock that the kernel frees when its holder dies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
    path = _path(server)
    if (file := held.hold_soon(path, within=0.5)) is None:
        raise _is_held(server, held.holder(path))
    with file:
        held.say(file, run=holder)
        yield


def refuse_held(server: str) -> None:
    """Look whether a run changes a server, without being in its way.

    Raises:
        EposVirtError: one does; names that run and its process.
    """
    if (said := held.holder(_path(server))) is not None:
        raise _is_held(server, said)


def _path(server: str) -> Path:
    return state_folder("locks") / (re.sub(r"[^A-Za-z0-9_.-]", "_", server) + ".lock")


def _is_held(server: str, said: dict[str, Any] | None) -> EposVirtError:
    return EposVirtError(
        f"server {server} is being changed by another run",
        seen=json.dumps(said) if said else "its holder has not said who",
        remedy="wait for that run, or end it; the lock goes with its process",
    )
