"""Files that say who is there for as long as a process holds them; the kernel lets go of them."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from runs import interruption
from runs.telling import tell
from runs.wait import StillWaiting, wait_until


def try_hold(path: Path) -> TextIO | None:
    """Hold a file until it is closed or this process ends; None where another process does."""
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    file.truncate(0)
    return file


@contextmanager
def alone(path: Path, what: str) -> Iterator[None]:
    """Hold a file while the block runs; wait for as long as the process lives that holds it.

    Args:
        path: the file; made with its folder where it is missing.
        what: what nobody else may do meanwhile, as it is told to who waits.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    told = False
    while (file := try_hold(path)) is None:
        if not told:
            tell(f"waits for process {(holder(path) or {}).get('pid', '')}: {what}")
            told = True
        interruption.check()
        interruption.pause(0.2)
    with file:
        say(file)
        yield


def say(file: TextIO, **facts: Any) -> None:
    """Write into a held file what others may know of its holder."""
    file.seek(0)
    file.truncate()
    file.write(json.dumps({"pid": os.getpid(), **facts}))
    file.flush()


def holder(path: Path) -> dict[str, Any] | None:
    """Tell what the file's holder said, nothing yet as an empty dict; None where nobody holds it.

    A moment's look may itself be in the way of who wants to hold it: `hold_soon` asks again.
    """
    try:
        file = path.open()
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            try:
                said: dict[str, Any] = json.loads(file.read() or "{}")
            except ValueError:  # caught in the middle of writing
                said = {}
            return said
    return None


def hold_soon(path: Path, within: float = 2.0) -> TextIO | None:
    """Hold a file as `try_hold` does; asks again for a moment, for somebody may just look."""
    try:
        return wait_until(
            lambda: try_hold(path), what=str(path), within=within, every=0.05, remedy=""
        )
    except StillWaiting:
        return None


def wait_for_release(path: Path) -> None:
    """Wait for as long as somebody holds the file."""
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_SH)


@contextmanager
def shared(path: Path, within: float, remedy: str) -> Iterator[None]:
    """Be one of the file's users, of which there may be many, while the block runs."""
    with path.open("a+") as file:

        def taken() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        wait_until(taken, what="the end of the Prefect server before", within=within, remedy=remedy)
        yield


def wait_for_the_last_user(path: Path) -> TextIO:
    """Wait until nobody shares the file; who comes later waits until the result is closed."""
    file = path.open("a+")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file
