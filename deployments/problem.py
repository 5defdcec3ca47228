"""What is wrong with a value, and what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
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
