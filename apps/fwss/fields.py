"""Check what comes in, field by field; an error names the field and what was expected."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

LONGEST_TEXT = 1000  # characters
MARKER = re.compile(r"[A-Z0-9]{4}([0-9]{2}[A-Z]{3})?")
MD5 = re.compile(r"[0-9a-f]{32}")
Check = Callable[[Any], Any]
"""From a JSON value to what is stored; raises ValueError with what was expected."""


class BadInputError(Exception):
    """The request is wrong, not the service; each error names a field and the expectation."""

    def __init__(self, *errors: str) -> None:
        """Take all that is wrong."""
        super().__init__("; ".join(errors))
        self.errors = errors


class Field:
    """How a field is checked, and whether it may be absent or null."""

    def __init__(self, check: Check, *, required: bool = False) -> None:
        """Take the check and whether there must be a value."""
        self.check = check
        self.required = required


def read(item: Any, fields: Mapping[str, Field], where: str) -> dict[str, Any]:
    """Check a JSON object and return all fields, absent ones as None.

    Raises:
        BadInputError: No object; or all of its fields that are unknown, missing or wrong.
    """
    if not isinstance(item, dict):
        raise BadInputError(f"{where}: expected an object, got {type(item).__name__}")
    known = ", ".join(fields)
    errors = [
        f"{where}.{name}: unknown field; known are {known}"
        for name in sorted(item.keys() - fields.keys())
    ]
    found: dict[str, Any] = dict.fromkeys(fields)
    for name, field in fields.items():
        value = item.get(name)
        try:
            if value is not None:
                found[name] = field.check(value)
            elif field.required:
                raise ValueError("missing")
        except BadInputError as error:  # of an object within this one
            errors += error.errors
        except ValueError as error:
            errors.append(f"{where}.{name}: {error}")
    if errors:
        raise BadInputError(*errors)
    return found


def text(value: Any) -> str:
    """A text of one line; control characters and surrogates would not survive the database."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(f"expected a text of at most {LONGEST_TEXT} characters")
    if any(ord(letter) < 32 or 0xD800 <= ord(letter) <= 0xDFFF for letter in value):
        raise ValueError("expected a text without control characters")
    return value


def file_name(value: Any) -> str:
    """A name without a folder."""
    name = text(value)
    if not name or "/" in name or name in (".", ".."):
        raise ValueError("expected a file name without folder")
    return name


def folder(value: Any) -> str:
    """A path below the archive; the empty text is the archive itself."""
    path = text(value)
    if path and any(part in ("", ".", "..") for part in path.split("/")):
        raise ValueError("expected a path below the archive, without '..' and outer slashes")
    return path


def marker(value: Any) -> str:
    """Four characters, or nine."""
    name = text(value).upper()
    if not MARKER.fullmatch(name):
        raise ValueError("expected a marker of 4 characters (HOUZ) or 9 (HOUZ00GLP)")
    return name


def md5(value: Any) -> str:
    """An MD5 checksum in hexadecimal."""
    checksum = text(value).lower()
    if not MD5.fullmatch(checksum):
        raise ValueError("expected 32 hexadecimal digits")
    return checksum


def country(value: Any) -> str:
    """An ISO 3166-1 alpha-3 code."""
    code = text(value).upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError("expected a country code of three letters")
    return code


def moment(value: Any) -> datetime:
    """An ISO 8601 date and time without zone: GPS time for data, UTC for files."""
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError as error:
        raise ValueError("expected a date and time such as 2021-01-01T00:00:00") from error
    if found.tzinfo is not None:
        raise ValueError("expected a time without zone")
    return found


def number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("expected a number")
    return float(value)


def count(value: Any) -> int:
    """An integer from 0 up to what the database's bigint holds."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise ValueError("expected an integer of 0 or more")
    return value


def one_of(*choices: str) -> Check:
    """One of some words."""

    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return str(value)

    return check


def position(value: Any) -> tuple[float, float, float]:
    """Three coordinates ECEF in metres, between 6300 and 6500 km from the centre of the Earth."""
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError("expected [x, y, z]")
    x, y, z = (number(part) for part in value)
    if not 6.3e6 < math.sqrt(x * x + y * y + z * z) < 6.5e6:
        raise ValueError("expected metres ECEF, near the surface of the Earth")
    return x, y, z


def list_of(check: Check, most: int = 100) -> Check:
    """A list of values of one kind."""

    def check_all(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"expected a list of at most {most}")
        return [check(part) for part in value]

    return check_all
