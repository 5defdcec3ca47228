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
Schema = dict[str, Any]
"""What a check lets in, as JSON Schema; openapi.py shows it."""


def lets_in(**schema: Any) -> Callable[[Check], Check]:
    """Note of a check what it lets in."""

    def noted(check: Check) -> Check:
        check.schema = schema  # type: ignore[attr-defined]
        return check

    return noted


def schema_of(check: Check) -> Schema:
    """Give what a check lets in."""
    return dict(check.schema)  # type: ignore[attr-defined]


def without(*patterns: str) -> list[Schema]:
    """Say which patterns a text must not have."""
    return [{"not": {"pattern": pattern}} for pattern in patterns]


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


def object_of(fields: Mapping[str, Field], where: str) -> Check:
    """An object of such fields."""

    @lets_in(**object_schema(fields))
    def check(value: Any) -> dict[str, Any]:
        return read(value, fields, where)

    return check


def objects_of(fields: Mapping[str, Field], where: str, most: int) -> Check:
    """A list of objects of such fields; what is wrong with one is said by its place."""

    @lets_in(type="array", maxItems=most, items=object_schema(fields))
    def check(value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"expected a list of at most {most}")
        return [read(item, fields, f"{where}[{place}]") for place, item in enumerate(value)]

    return check


def object_schema(fields: Mapping[str, Field]) -> Schema:
    """Give what `read` lets in; null is the same as absent."""
    return {
        "type": "object",
        "properties": {
            name: schema_of(field.check)
            if field.required
            else {"anyOf": [schema_of(field.check), {"type": "null"}]}
            for name, field in fields.items()
        },
        "required": [name for name, field in fields.items() if field.required],
        "additionalProperties": False,
    }


CONTROL = r"[\u0000-\u001f\ud800-\udfff]"  # and surrogates


@lets_in(type="string", maxLength=LONGEST_TEXT, allOf=without(CONTROL))
def text(value: Any) -> str:
    """A text of one line; control characters and surrogates would not survive the database."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError(f"expected a text of at most {LONGEST_TEXT} characters")
    if any(ord(letter) < 32 or 0xD800 <= ord(letter) <= 0xDFFF for letter in value):
        raise ValueError("expected a text without control characters")
    return value


@lets_in(
    type="string", minLength=1, maxLength=LONGEST_TEXT, allOf=without(CONTROL, "/", r"^\.{1,2}$")
)
def file_name(value: Any) -> str:
    """A name without a folder."""
    name = text(value)
    if not name or "/" in name or name in (".", ".."):
        raise ValueError("expected a file name without folder")
    return name


@lets_in(
    type="string",
    maxLength=LONGEST_TEXT,
    allOf=without(CONTROL),
    anyOf=[{"const": ""}, *without(r"(^|/)\.{0,2}(/|$)")],
)
def folder(value: Any) -> str:
    """A path below the archive; the empty text is the archive itself."""
    path = text(value)
    if path and any(part in ("", ".", "..") for part in path.split("/")):
        raise ValueError("expected a path below the archive, without '..' and outer slashes")
    return path


@lets_in(type="string", pattern="^[A-Za-z0-9]{4}([0-9]{2}[A-Za-z]{3})?$", allOf=without(CONTROL))
def marker(value: Any) -> str:
    """Four characters, or nine."""
    name = text(value).upper()
    if not value.isascii() or not MARKER.fullmatch(name):
        raise ValueError("expected a marker of 4 characters (HOUZ) or 9 (HOUZ00GLP)")
    return name


@lets_in(type="string", pattern="^[0-9A-Fa-f]{32}$", allOf=without(CONTROL))
def md5(value: Any) -> str:
    """An MD5 checksum in hexadecimal."""
    checksum = text(value).lower()
    if not MD5.fullmatch(checksum):
        raise ValueError("expected 32 hexadecimal digits")
    return checksum


@lets_in(type="string", pattern="^[A-Za-z]{3}$", allOf=without(CONTROL))
def country(value: Any) -> str:
    """An ISO 3166-1 alpha-3 code."""
    code = text(value).upper()
    if not value.isascii() or not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError("expected a country code of three letters")
    return code


@lets_in(
    type="string",
    description="ISO 8601 without zone, such as 2021-01-01T00:00:00",
    examples=["2021-01-01T00:00:00"],
)
def moment(value: Any) -> datetime:
    """An ISO 8601 date and time without zone: GPS time for data, UTC for files."""
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError as error:
        raise ValueError("expected a date and time such as 2021-01-01T00:00:00") from error
    if found.tzinfo is not None:
        raise ValueError("expected a time without zone")
    return found


@lets_in(type="number", minimum=-1.7e308, maximum=1.7e308)
def number(value: Any) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1.7e308:
        raise ValueError("expected a number")
    return float(value)


@lets_in(type="integer", minimum=0, maximum=(1 << 63) - 1)
def count(value: Any) -> int:
    """An integer from 0 up to what the database's bigint holds; 5.0 is one, as in JSON."""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or not 0 <= int(value) < 1 << 63:
        raise ValueError("expected an integer of 0 or more")
    return int(value)


def one_of(*choices: str) -> Check:
    """One of some words."""

    @lets_in(enum=list(choices))
    def check(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"expected one of {', '.join(choices)}")
        return str(value)

    return check


@lets_in(
    type="array",
    items={"type": "number"},
    minItems=3,
    maxItems=3,
    description="ECEF in metres, 6300 to 6500 km from the centre of the Earth",
    examples=[[2907580.1, -5400653.4, 1744663.1]],
)
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

    @lets_in(type="array", maxItems=most, items=schema_of(check))
    def check_all(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(f"expected a list of at most {most}")
        return [check(part) for part in value]

    return check_all
