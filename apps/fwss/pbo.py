"""Product files of analysis centres: PBO time series (.pos) and velocities (.vel), read."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from typing import Any

from fields import BadInputError, position

SERIES, VELOCITIES = "timeseries", "velocities"
FIRST_MJD = datetime(1858, 11, 17)
POS_COLUMNS, VEL_COLUMNS = 24, 28  # without what may be blank: Soln; dot and name
DAY = re.compile(r"\d{8}")


@dataclass
class Product:
    """What a file says: of itself by plain names, and its rows; errors name lines."""

    kind: str
    head: dict[str, str]
    rows: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)


def parse(body: bytes) -> Product:
    """Read a file; a wrong row is listed and costs no other.

    Raises:
        BadInputError: It is neither a .pos nor a .vel file.
    """
    text = _decoded(body)
    kind = SERIES if "PBO Station Position Time Series" in text else VELOCITIES
    if kind == VELOCITIES and not re.search(r"^PBO Velocity", text, re.MULTILINE):
        raise BadInputError("products: expected a PBO time series (.pos) or velocity (.vel) file")
    product = Product(kind, {})
    read_row = _estimate if kind == SERIES else _motion
    in_description = False
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.strip()
        if plain in ("Start Field Description", "End Field Description"):
            in_description = plain.startswith("Start")
        elif not plain or in_description or plain[0] in "%*#":
            continue
        elif line[0].isspace() or DAY.match(plain):
            _add_row(product, number, plain, read_row)
        else:
            _add_head(product.head, plain)
    return product


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _add_row(
    product: Product, number: int, line: str, read_row: Callable[[list[str]], dict[str, Any]]
) -> None:
    try:
        product.rows.append({"line": number, **read_row(line.split())})
    except ValueError as error:
        product.refused.append({"line": number, "errors": [str(error)]})


def _add_head(head: dict[str, str], line: str) -> None:
    """Keep `Name: value` by the name's letters and digits; a line may hold two of them."""
    title, _, frame = line.partition("Reference Frame")
    if title.startswith("PBO ") and frame:
        head.setdefault("referenceframe", frame.strip(" :\t"))
        return
    name, colon, value = line.partition(":")
    if colon and value.strip():
        head.setdefault(re.sub(r"[^a-z0-9]", "", name.lower()), value.strip())


def _estimate(cells: list[str]) -> dict[str, Any]:
    """Turn a row of a .pos file into columns of estimated_coordinates."""
    if len(cells) < POS_COLUMNS:
        raise ValueError(f"expected {POS_COLUMNS} columns or more, got {len(cells)}")
    epoch = _moment(cells[0] + cells[1])
    if abs((epoch - FIRST_MJD).total_seconds() / 86400 - _number(cells[2])) > 0.5:
        raise ValueError(f"{cells[0]} {cells[1]} is not the modified Julian day {cells[2]}")
    x, y, z = position([_number(cell) for cell in cells[3:6]])
    sx, sy, sz = (_sigma(cell) for cell in cells[6:9])
    rxy, rxz, ryz = (_correlation(cell) for cell in cells[9:12])
    return {
        "epoch": epoch,
        "x": x, "y": y, "z": z,
        "var_xx": sx * sx, "var_yy": sy * sy, "var_zz": sz * sz,
        "var_xy": rxy * sx * sy, "var_xz": rxz * sx * sz, "var_yz": ryz * sy * sz,
        "outlier": cells[POS_COLUMNS:] == ["outlier"],
    }  # fmt: skip


def _motion(cells: list[str]) -> dict[str, Any]:
    """Turn a row of a .vel file into a marker and columns of reference_position_velocities."""
    if len(cells) < VEL_COLUMNS + 1:
        raise ValueError(f"expected {VEL_COLUMNS + 1} columns or more, got {len(cells)}")
    values = cells[-VEL_COLUMNS:]  # a station's name may hold blanks
    x, y, z = position([_number(cell) for cell in values[2:5]])
    names = ("velx", "vely", "velz")
    motion: dict[str, Any] = {
        "marker": cells[0],
        "ref_epoch": _moment(values[0]),
        "reference_position_x": x,
        "reference_position_y": y,
        "reference_position_z": z,
    }
    motion |= {name: _number(cell) for name, cell in zip(names, values[8:11], strict=True)}
    motion |= {
        f"{name}_sigma": _sigma(cell) for name, cell in zip(names, values[11:14], strict=True)
    }
    motion |= {
        f"vel_rho_{name}": _correlation(cell)
        for name, cell in zip(("xy", "xz", "yz"), values[14:17], strict=True)
    }
    first, last = values[26:28]
    return motion | {"start_epoch": _moment(first), "end_epoch": _moment(last)}


def reference(head: dict[str, str]) -> tuple[float, float, float] | None:
    """Read what displacements are from: `XYZ Reference position : x y z (frame)`."""
    cells = head.get("xyzreferenceposition", "").split()[:3]
    try:
        return position([_number(cell) for cell in cells]) if cells else None
    except ValueError as error:
        raise BadInputError(f"XYZ Reference position: {error}") from error


def moment_of(text: str) -> datetime | None:
    """Read a date of the head: 20180131120000, 2018-01-31, 2018-01-31 12:00:00."""
    try:
        return _moment(re.sub(r"[^0-9]", "", text)) if text else None
    except ValueError as error:
        raise BadInputError(f"release date: {error}") from error


def _moment(digits: str) -> datetime:
    whole = digits.ljust(14, "0")
    try:
        month, day, hour, minute, second = (int(whole[at : at + 2]) for at in range(4, 14, 2))
        return datetime(int(whole[:4]), month, day, hour, minute, second)
    except ValueError as error:
        raise ValueError(f"expected a date such as 20180131120000, got {digits}") from error


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        raise ValueError(f"expected a number, got {cell}") from error
    if not isfinite(value):
        raise ValueError(f"expected a number, got {cell}")
    return value


def _sigma(cell: str) -> float:
    value = _number(cell)
    if value < 0:
        raise ValueError(f"expected a standard deviation of 0 or more, got {cell}")
    return value


def _correlation(cell: str) -> float:
    value = _number(cell)
    if not -1 <= value <= 1:
        raise ValueError(f"expected a correlation from -1 to 1, got {cell}")
    return value
