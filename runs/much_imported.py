"""Importing much at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def much_imported() -> Iterator[None]:
    """Look for no garbage while the block imports, nor ever after in what it made.

    What a program imports stays. Looking through it again and again took a sixth of the start of
    Prefect's server, and once more at its end.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
