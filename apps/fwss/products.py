"""Products of analysis centres: time series and velocities go into the product tables."""

from collections.abc import Mapping
from hashlib import md5
from typing import Any

from sqlalchemy import Connection, text

import pbo
from fields import (
    BadInputError,
    Field,
    file_name,
    lets_in,
    marker,
    moment,
    number,
    one_of,
    read,
)
from fields import text as line
from stations import find_or_add_stations
from store import as_json, find_or_add, records


@lets_in(type="string", description="degrees", examples=["10"])
def angle(value: Any) -> float:
    """A number of degrees, as parameters and heads have it: `10`, `10 degrees`."""
    try:
        return number(float(str(value).split()[0]))
    except (ValueError, IndexError):
        raise ValueError("expected a number") from None


PARAMETERS = {
    "name": Field(file_name),
    "marker": Field(marker),
    "analysis_center": Field(line),
    "reference_frame": Field(line),
    "software": Field(line),
    "version": Field(line),
    "doi": Field(line),
    "sampling_period": Field(one_of("daily", "weekly")),
    "otl_model": Field(line),
    "antenna_model": Field(line),
    "cut_of_angle": Field(angle),
    "release_date": Field(moment),
}
# The names that a file's head has for them, as letters and digits.
HEAD = {
    "marker": ("9characterid", "4characterid"),
    "analysis_center": ("analysiscentre", "analysiscenter", "ac"),
    "reference_frame": ("referenceframe",),
    "software": ("software",),
    "version": ("releasenumber", "releaseversion", "version"),
    "doi": ("doi",),
    "sampling_period": ("samplingperiod", "sampling"),
    "otl_model": ("otlmodel", "oceantideloadingmodel"),
    "antenna_model": ("antennamodel", "calibrationmodel", "antennacalibrationmodel"),
    "cut_of_angle": ("cutoffangle", "cutofangle", "elevationcutoff"),
}
SUFFIXES = {pbo.SERIES: "pos", pbo.VELOCITIES: "vel"}
KEYS = {
    "estimated_coordinates": ("id_station", "id_method_identification",
                              "id_processing_parameters", "epoch"),
    "reference_position_velocities": ("id_station", "id_method_identification", "start_epoch"),
}  # fmt: skip


def read_parameters(arguments: Mapping[str, str]) -> dict[str, Any]:
    """Check what a request says of a file beside it."""
    return read(dict(arguments), PARAMETERS, "parameter")


def parse(body: bytes, given: dict[str, Any]) -> dict[str, Any]:
    """Read a file; what the request says comes before what its head does.

    Raises:
        BadInputError: No product file, or it does not say whose or in which frame it is.
    """
    product = pbo.parse(body)
    said = {
        name: next((product.head[key] for key in keys if product.head.get(key)), None)
        for name, keys in HEAD.items()
    }
    if said["sampling_period"]:
        said["sampling_period"] = said["sampling_period"].split()[0].lower()
    of_file = read({k: v for k, v in said.items() if v is not None}, PARAMETERS, "head")
    known = {name: of_file[name] if given[name] is None else given[name] for name in PARAMETERS}
    needed = ["analysis_center", "reference_frame"]
    if product.kind == pbo.SERIES:
        needed.append("marker")
    if missing := [name for name in needed if known[name] is None]:
        raise BadInputError(
            *(f"{name}: said neither by the file nor beside it" for name in missing)
        )
    known["release_date"] = known["release_date"] or pbo.moment_of(
        product.head.get("releasedate", "")
    )
    return {
        **known,
        "sampling_period": known["sampling_period"] or "daily",
        "product": product,
        "md5": md5(body, usedforsecurity=False).hexdigest(),
        "reference": pbo.reference(product.head),
    }


def save(connection: Connection, known: dict[str, Any]) -> dict[str, Any]:
    """Store the rows; count the inserted, updated and unchanged ones, list the refused lines."""
    product: pbo.Product = known["product"]
    ids = {
        "id_method_identification": _method(connection, known),
        "id_product_files": _file(connection, known),
    }
    if product.kind == pbo.SERIES:
        table = "estimated_coordinates"
        ids["id_processing_parameters"] = _processing(connection, known)
        ids["id_station"] = find_or_add_stations(connection, [known["marker"]])[0]
        rows = [{**row, **ids} for row in product.rows]
    else:
        table = "reference_position_velocities"
        rows = [{**row, **ids} for row in _placed(connection, product)]
    counts = _upsert(connection, table, rows, product.refused)
    refused = sorted(product.refused, key=lambda one: one["line"])
    return {"file": _name(known), "type": product.kind, **counts, "refused": refused}


def _placed(connection: Connection, product: pbo.Product) -> list[dict[str, Any]]:
    """Give the rows of velocities whose marker is one, with their stations."""
    right = []
    for row in product.rows:
        try:
            row["marker"] = marker(row["marker"])
        except ValueError as error:
            product.refused.append({"line": row["line"], "errors": [f"marker: {error}"]})
        else:
            right.append(row)
    stations = find_or_add_stations(connection, [row.pop("marker") for row in right])
    return [{**row, "id_station": id} for row, id in zip(right, stations, strict=True)]


def _method(connection: Connection, known: dict[str, Any]) -> int:
    center = known["analysis_center"]
    query = text("select id from analysis_centers where abbreviation = :center or name = :center")
    of = connection.execute(query, {"center": center}).scalar()
    of = of or find_or_add(connection, "analysis_centers", name=center, abbreviation=center)
    frame = find_or_add(connection, "reference_frame", name=known["reference_frame"])
    method = find_or_add(
        connection,
        "method_identification",
        id_analysis_centers=of,
        id_reference_frame=frame,
        software=known["software"],
        version=known["version"],
        data_type=known["product"].kind,
    )
    for column in ("doi", "release_date"):
        if known[column] is not None:
            name = "creation_date" if column == "release_date" else column
            statement = f"update method_identification set {name} = :value where id = :id"
            connection.execute(text(statement), {"value": known[column], "id": method})
    return method


def _processing(connection: Connection, known: dict[str, Any]) -> int:
    names = ("sampling_period", "otl_model", "antenna_model", "cut_of_angle")
    return find_or_add(connection, "processing_parameters", **{name: known[name] for name in names})


def _name(known: dict[str, Any]) -> str:
    """Give the file's name, made up of what it is where nobody said it."""
    suffix = SUFFIXES[known["product"].kind]
    parts = (known["marker"], known["analysis_center"], known["reference_frame"],
             known["version"], known["sampling_period"])  # fmt: skip
    made = "_".join(part for part in parts if part)
    return known["name"] or f"{made.replace('/', '-')}.{suffix}"


def _file(connection: Connection, known: dict[str, Any]) -> int:
    x, y, z = known["reference"] or (None, None, None)
    statement = text(
        "insert into product_files (name, format, md5checksum, release_date, reference_x,"
        " reference_y, reference_z) values (:name, :format, :md5, :released, :x, :y, :z)"
        " on conflict (name) do update set format = excluded.format,"
        " md5checksum = excluded.md5checksum, release_date = excluded.release_date,"
        " reference_x = excluded.reference_x, reference_y = excluded.reference_y,"
        " reference_z = excluded.reference_z returning id"
    )
    values = {"name": _name(known), "format": SUFFIXES[known["product"].kind], "md5": known["md5"],
              "released": known["release_date"], "x": x, "y": y, "z": z}  # fmt: skip
    return int(connection.execute(statement, values).scalar_one())


def _upsert(
    connection: Connection,
    table: str,
    rows: list[dict[str, Any]],
    refused: list[dict[str, Any]],
) -> dict[str, int]:
    """Store rows by one statement; of two with one key the first, the second is refused."""
    counts = dict.fromkeys(("inserted", "updated", "unchanged"), 0)
    keys = KEYS[table]
    once: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        number = row.pop("line")
        if once.setdefault(tuple(row[key] for key in keys), row) is not row:
            refused.append({"line": number, "errors": ["the epoch is given twice"]})
    if not once:
        return counts
    names = list(next(iter(once.values())))
    others = [name for name in names if name not in keys]
    changed = ", ".join(f"{name} = excluded.{name}" for name in others)
    old = ", ".join(f"old.{name}" for name in others)
    new = ", ".join(f"excluded.{name}" for name in others)
    statement = text(
        f"insert into {table} as old ({', '.join(names)}) select {', '.join(names)}"
        f" from {records(table)} on conflict ({', '.join(keys)}) do update set {changed}"
        f" where ({old}) is distinct from ({new}) returning (xmax = 0) as inserted"
    )
    saved = connection.execute(statement, {"rows": as_json([*once.values()])}).scalars().all()
    counts["inserted"], counts["updated"] = saved.count(True), saved.count(False)
    counts["unchanged"] = len(once) - len(saved)
    return counts
