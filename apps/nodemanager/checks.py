"""Check what is written into a form, field by field; an error says what was expected."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 200  # characters
NAME = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?"
HOST = re.compile(rf"({NAME}|\[[0-9a-f:]+\])(:[0-9]{{1,5}})?")
MARKER = re.compile(r"[A-Z0-9]{4}([0-9]{2}[A-Z]{3})?")
Check = Callable[[str], Any]
"""From the text of a field to its value; raises ValueError with what was expected."""


class RefusedError(Exception):
    """What was asked cannot be done; errors are by field, "" is the whole."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        """Take what is wrong."""
        super().__init__("; ".join(f"{name}: {text}" if name else text
                                   for name, text in errors.items()))  # fmt: skip
        self.errors = dict(errors)


class MissingError(Exception):
    """There is no such row."""


@dataclass(frozen=True)
class Field:
    """A field of a form: its label, its check, whether it must be filled, what it may be."""

    label: str
    check: Check
    required: bool = False
    hint: str = ""
    choices: str = ""
    """Where its choices are from: `nodes`, or words with blanks between them."""


def read(given: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Check all fields; an empty one is None.

    Raises:
        RefusedError: All that is unknown, missing or wrong.
    """
    errors = {
        name: f"unknown; known are {', '.join(fields)}" for name in sorted(set(given) - set(fields))
    }
    found: dict[str, Any] = dict.fromkeys(fields)
    for name, field in fields.items():
        text = str("" if given.get(name) is None else given[name]).strip()
        try:
            if text:
                found[name] = field.check(text)
            elif field.required:
                raise ValueError("must be filled")
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise RefusedError(errors)
    return found


def line(text: str) -> str:
    """A text of one line."""
    if len(text) > LONGEST or not text.isprintable():
        raise ValueError(f"expected a line of at most {LONGEST} characters")
    return text


def host(text: str) -> str:
    """A name or an address, of a port or not."""
    if not HOST.fullmatch(text):
        raise ValueError("expected a host name or an address, such as gateway.example.org")
    return text


def port(text: str) -> int:
    """1 to 65535."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 65535:
        raise ValueError("expected a port from 1 to 65535")
    return int(text)


def number(text: str) -> int:
    """The number of a row."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError("expected one that is offered")
    return int(text)


def web_address(text: str) -> str:
    """An address of the web."""
    if not re.fullmatch(r"https?://[^\s\"<>]+", line(text)):
        raise ValueError("expected an address such as https://example.org/")
    return text


def mail_address(text: str) -> str:
    """An address of mail."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", line(text)):
        raise ValueError("expected an address such as operator@example.org")
    return text


def marker(text: str) -> str:
    """A station by four or nine characters."""
    if not MARKER.fullmatch(text.upper()):
        raise ValueError("expected a marker of 4 characters (HOUZ) or 9 (HOUZ00GLP)")
    return text.upper()


def one_of(*words: str) -> Check:
    """One of some words."""

    def check(text: str) -> str:
        if text not in words:
            raise ValueError(f"expected one of {', '.join(words)}")
        return text

    return check
