"""What is wrong with a value, and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:  # imported where it is used: to spell a word right needs none of it
    from pydantic import ValidationError
    from pydantic_core import PydanticCustomError

Location = tuple[str | int, ...]
Finding: TypeAlias = "tuple[Location, PydanticCustomError]"


def wrong(message: str, *, remedy: str) -> PydanticCustomError:
    """Make an error for a validator to raise; `load` shows both parts beside file and line."""
    from pydantic_core import PydanticCustomError

    # The message is a template to pydantic: braces from a file must not be taken for fields.
    return PydanticCustomError("wrong", "{message}", {"message": message, "remedy": remedy})


def refused(title: str, findings: Sequence[Finding]) -> ValidationError:
    """Gather findings in one error, each at its own place."""
    from pydantic import ValidationError
    from pydantic_core import InitErrorDetails

    details = [InitErrorDetails(type=error, loc=place, input=None) for place, error in findings]
    return ValidationError.from_exception_data(title, details)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that `word` was probably meant to be, or None."""
    spelled = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word[:80].casefold(), spelled, n=1, cutoff=0.6)
    return spelled[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Say the nearest known word, then all of them: `write X (the nearest); known: X, Y`."""
    names = list(known)
    listed = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    found = nearest(word, names)
    if not names:
        return "there is none to refer to; add it first"
    return f"write `{found}` (the nearest); known: {listed}" if found else f"known: {listed}"
