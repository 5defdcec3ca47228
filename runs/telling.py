"""Telling how far work is, to whoever hears: a run's display, a command line; in a plan nobody.

The hearer is part of the context: a thread that tells is started with `copy_context().run`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from runs import interruption

_hearer: ContextVar[Callable[[str], None] | None] = ContextVar("hearer", default=None)


def tell(line: str) -> None:
    """Tell how far it is; here it ends where the run shall end.

    Raises:
        Interrupted: the run shall end, and this thread was not told yet.
    """
    interruption.check()
    if hearer := _hearer.get():
        hearer(line)


@contextmanager
def told_to(hearer: Callable[[str], None]) -> Iterator[None]:
    """Have `hearer`, and nobody else, hear what the block tells."""
    token = _hearer.set(hearer)
    try:
        yield
    finally:
        _hearer.reset(token)


def on_stderr(line: str) -> None:
    """Hear for a command line: show it on standard error."""
    sys.stderr.write(f"{line}\n")
