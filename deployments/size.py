"""Sizes of memory and volumes: written with a unit, held in bytes."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from deployments.problem import wrong
from spelling import nearest

BINARY = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
DECIMAL = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
UNITS = {"B": 1, **BINARY, **DECIMAL}

MiB = UNITS["MiB"]
EXTENT = 4 * MiB  # LVM's default physical extent; it rounds every volume up to whole ones
LARGEST = 2**50  # 1 PiB; more is a slip of the keyboard

PATTERN = r"^[0-9]{1,18}(\.[0-9]{1,6})? ?(B|[KMGT]iB|[kMGT]B)$"
_TEXT = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,6})?) ?([A-Za-z]*)", re.ASCII)


class Size(int):
    """Bytes. In a file always with a unit: `512 MiB` (powers of 1024) or `120 GB` (of 1000)."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `10.00 GiB`; fractions of a byte are rounded up.

        Raises:
            PydanticCustomError: a ValueError; there is no unit, or it is not a size.
        """
        found = _TEXT.fullmatch(text)
        if not found:
            raise wrong("expected a size", remedy="write a number and a unit, such as `512 MiB`")
        number, unit = found.groups()
        if unit not in UNITS:
            raise _wrong_unit(number, unit)
        size = -int(-(Decimal(number) * UNITS[unit]) // 1)
        if not 0 < size <= LARGEST:
            raise wrong(
                "the size is out of range", remedy="write more than 0 B and at most 1024 TiB"
            )
        return cls(size)

    @property
    def text(self) -> str:
        """The size as it would be written in a file, exactly: `512 MiB`, `1001 B`."""
        for unit, factor in reversed(BINARY.items()):
            if self and self % factor == 0:
                return f"{self // factor} {unit}"
        return f"{int(self)} B"

    @property
    def mebibytes(self) -> int:
        """Whole MiB, rounded down; the unit of Xen's tools."""
        return self // MiB

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Take text with a unit or a Size; refuse bare numbers."""
        return core_schema.no_info_plain_validator_function(
            cls._validated,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda size: Size(size).text, when_used="json"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the text form."""
        return {"type": "string", "pattern": PATTERN, "examples": ["512 MiB", "10.00 GiB"]}

    @classmethod
    def _validated(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.read(value)
        if isinstance(value, int) and not isinstance(value, bool):
            raise _wrong_unit(str(value), "")
        raise wrong("expected a size", remedy="write a number and a unit, such as `512 MiB`")


def whole_mebibytes(size: Size) -> Size:
    """Refuse memory that is no multiple of 1 MiB; Xen gives out nothing smaller."""
    if size % MiB:
        near = max(1, round(size / MiB))
        raise wrong(
            f"memory comes in whole MiB, this is {size / MiB:.2f} MiB",
            remedy=f"write `{near} MiB` (MB is 1000 * 1000 bytes, MiB 1024 * 1024)",
        )
    return size


def at_least(least: int, why: str) -> Callable[[Size], Size]:
    """Make a validator that refuses sizes with which nothing is known to work.

    Args:
        least: bytes.
        why: what takes that much, to end a sentence.
    """

    def check(size: Size) -> Size:
        if size < least:
            raise wrong(f"{size.text} is too little: {why}", remedy=f"write `{Size(least).text}`")
        return size

    return check


def whole_extents(size: Size) -> Size:
    """Round a volume up to whole extents of 4 MiB, as LVM does when it creates it."""
    return Size(-(-size // EXTENT) * EXTENT)


def _wrong_unit(number: str, unit: str) -> ValueError:
    likely = f"{unit.upper()}iB" if unit.upper() in {"K", "M", "G", "T"} else "MiB"
    likely = (nearest(unit, UNITS) if len(unit) > 1 else None) or likely
    what = f"unknown unit `{unit}`" if unit else "the size has no unit"
    return wrong(
        what, remedy=f"write `{number[:20]} {likely}` if that is meant; units: {', '.join(UNITS)}"
    )
