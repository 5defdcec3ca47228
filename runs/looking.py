"""A plan looks and makes nothing: what a look would have to make first ends it, and is told.

So it is with what looks need of this machine: an engine, an identity, a compiled program. Images
are no such thing: toolchains have a look-up beside what builds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_only_looks: ContextVar[bool] = ContextVar("only looks", default=False)


class NotMadeYet(Exception):
    """What a look needs is not there, and only a run makes it."""


@contextmanager
def only_looking() -> Iterator[None]:
    """Make nothing on this machine while the block runs."""
    before = _only_looks.set(True)
    try:
        yield
    finally:
        _only_looks.reset(before)


def about_to_make(what: str) -> None:
    """Say before something is made on this machine what it is.

    Raises:
        NotMadeYet: within `only_looking`.
    """
    if _only_looks.get():
        raise NotMadeYet(what)
