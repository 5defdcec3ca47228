"""The known word that somebody probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LONGEST = 80  # characters of a word that are compared: a page of text is nobody's slip


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that `word` was probably meant to be, or None."""
    found = nearest_of(word, known, 1)
    return found[0] if found else None


def nearest_of(word: str, known: Iterable[str], count: int) -> list[str]:
    """Give up to so many known words that `word` may have been meant to be, the nearest first."""
    spelled = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word[:LONGEST].casefold(), spelled, n=count, cutoff=0.5)
    return [spelled[name] for name in found]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Say the nearest known word, then all of them: `write X (the nearest); known: X, Y`."""
    names = list(known)
    listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    found = nearest(word, names)
    if not names:
        return "there is none to refer to; add it first"
    return f"write `{found}` (the nearest); known: {listed}" if found else f"known: {listed}"
