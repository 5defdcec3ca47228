"""Files of the archive: what indexGD found goes into rinex_file and other_files."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text

from bulk import Refused, read_all, refuse, save_kept
from fields import (
    Field,
    count,
    file_name,
    folder,
    marker,
    md5,
    moment,
    number,
    one_of,
    position,
)
from fields import text as line
from stations import find_or_add_stations, place_if_unknown
from store import as_json, find_or_add_all

INDEXED, METADATA_ISSUE = 0, -3
OBSERVATION = "observation"
FILE = {
    "name": Field(file_name, required=True),
    "relative_path": Field(folder, required=True),
    "data_center": Field(line, required=True),
    "content": Field(one_of(OBSERVATION, "navigation", "meteorological"), required=True),
    "marker": Field(marker, required=True),
    "file_size": Field(count, required=True),
    "creation_date": Field(moment, required=True),
    "reference_date": Field(moment, required=True),
    "md5checksum": Field(md5, required=True),
    "md5uncompressed": Field(md5),
    "format": Field(line, required=True),
    "sampling_window": Field(line),
    "sampling_frequency": Field(line),
    # What the file says of itself; checked against its name, not stored.
    "version": Field(line),
    "marker_name": Field(line),
    "marker_number": Field(line),
    "position": Field(position),
    "first_epoch": Field(moment),
    "last_epoch": Field(moment),
    "interval": Field(number),
    "n_epochs": Field(count),
}
STORED = ("name", "relative_path", "file_size", "reference_date", "creation_date", "md5checksum",
          "md5uncompressed")  # fmt: skip
# A changed time of creation alone is no change: copying an archive changes it.
SAVE_RINEX = """
    insert into rinex_file as old (name, id_station, id_data_center_structure, file_size,
        id_file_type, relative_path, reference_date, creation_date, md5checksum, md5uncompressed,
        status)
    select name, id_station, id_data_center_structure, file_size, id_file_type, relative_path,
        reference_date, creation_date, md5checksum, md5uncompressed, status
    from jsonb_populate_recordset(cast(null as rinex_file), cast(:rows as jsonb))
        with ordinality
    order by ordinality
    on conflict (name, relative_path) do update set
        id_station = excluded.id_station,
        id_data_center_structure = excluded.id_data_center_structure,
        file_size = excluded.file_size, id_file_type = excluded.id_file_type,
        reference_date = excluded.reference_date, creation_date = excluded.creation_date,
        md5checksum = excluded.md5checksum, md5uncompressed = excluded.md5uncompressed,
        revision_date = now(),
        -- Other content needs its quality checked anew; other metadata does not.
        status = case when old.md5uncompressed is distinct from excluded.md5uncompressed
                      then excluded.status else old.status end
    where (old.id_station, old.id_data_center_structure, old.file_size, old.id_file_type,
           old.reference_date, old.md5checksum, old.md5uncompressed)
        is distinct from
          (excluded.id_station, excluded.id_data_center_structure, excluded.file_size,
           excluded.id_file_type, excluded.reference_date, excluded.md5checksum,
           excluded.md5uncompressed)
    returning (xmax = 0) as inserted
"""
SAVE_OTHER = """
    insert into other_files as old (name, id_data_center_structure, file_size, id_file_type,
        relative_path, creation_date, md5checksum)
    select name, id_data_center_structure, file_size, id_file_type, relative_path, creation_date,
        md5checksum
    from jsonb_populate_recordset(cast(null as other_files), cast(:rows as jsonb))
        with ordinality
    order by ordinality
    on conflict (name, relative_path) do update set
        id_data_center_structure = excluded.id_data_center_structure,
        file_size = excluded.file_size, id_file_type = excluded.id_file_type,
        creation_date = excluded.creation_date, md5checksum = excluded.md5checksum,
        revision_date = now()
    where (old.id_data_center_structure, old.file_size, old.id_file_type, old.md5checksum)
        is distinct from (excluded.id_data_center_structure, excluded.file_size,
                          excluded.id_file_type, excluded.md5checksum)
    returning (xmax = 0) as inserted
"""
# Of a copied archive only the times of creation are others: kept, for they tell what is unchanged.
DATE = """
    update {table} f set creation_date = r.creation_date
    from jsonb_populate_recordset(cast(null as {table}), cast(:rows as jsonb)) r
    where f.name = r.name and f.relative_path = r.relative_path
      and f.creation_date is distinct from r.creation_date
"""
LOOKED_AT = {name: FILE[name] for name in
             ("name", "relative_path", "data_center", "file_size", "creation_date")}  # fmt: skip
STORED_SO = """
    select r.place from jsonb_to_recordset(cast(:rows as jsonb)) as r (place integer, name text,
        relative_path text, data_center text, file_size bigint, creation_date timestamp)
    join {table} f on (f.name, f.relative_path, f.file_size, f.creation_date)
        = (r.name, r.relative_path, r.file_size, r.creation_date)
    join data_center_structure c on c.id = f.id_data_center_structure
    join data_center d on d.id = c.id_data_center and d.acronym = r.data_center
"""
SHOW = """
    select f.name, f.relative_path, s.marker, s.country_code, d.acronym as data_center,
           d.protocol, d.hostname, d.root_path,
           t.format, t.sampling_window, t.sampling_frequency, f.file_size, f.reference_date,
           f.creation_date, f.published_date, f.revision_date, f.md5checksum, f.md5uncompressed,
           f.status
    from rinex_file f
    join station s on s.id = f.id_station
    join file_type t on t.id = f.id_file_type
    join data_center_structure c on c.id = f.id_data_center_structure
    join data_center d on d.id = c.id_data_center
"""
SHOW_OTHER = """
    select f.name, f.relative_path, d.acronym as data_center, d.protocol, d.hostname, d.root_path,
           t.format, t.sampling_window, t.sampling_frequency, f.file_size, f.creation_date,
           f.revision_date, f.md5checksum, f.status
    from other_files f
    join file_type t on t.id = f.id_file_type
    join data_center_structure c on c.id = f.id_data_center_structure
    join data_center d on d.id = c.id_data_center
"""


def save_files(connection: Connection, items: Sequence[Any]) -> dict[str, Any]:
    """Store files; count the inserted, updated and unchanged ones, list the refused ones."""
    refused: Refused = []
    found = read_all(items, FILE, "files", refused)
    centers = _centers(connection, found.values())
    for place, file in list(found.items()):
        file["id_data_center"] = centers.get(file["data_center"])
        if file["id_data_center"] is None:
            refuse(
                refused,
                place,
                found.pop(place),
                f"files[{place}].data_center: {file['data_center']} is unknown;"
                " add it with NodeManager",
            )
    counts = dict.fromkeys(("inserted", "updated", "unchanged"), 0)
    if found:
        counts |= save_kept(connection, found, _save_files, refused)
    return {**counts, "refused": sorted(refused, key=lambda one: one["record"])}


def changed_files(connection: Connection, items: Sequence[Any]) -> list[int]:
    """Give the places of those files that are not stored with this size and time.

    What is no such file counts among them: storing it says what is wrong with it.
    """
    found = read_all(items, LOOKED_AT, "files", [])
    rows = as_json([{"place": place, **file} for place, file in found.items()])
    same: set[int] = set()
    for table in ("rinex_file", "other_files"):
        query = text(STORED_SO.format(table=table))
        same.update(connection.execute(query, {"rows": rows}).scalars())
    return [place for place in range(len(items)) if place not in same]


def _save_files(connection: Connection, found: list[dict[str, Any]]) -> dict[str, int]:
    """Store checked files by a few statements: each takes longer than what it does."""
    types = find_or_add_all(connection, "file_type", [_file_type(file) for file in found])
    structures = find_or_add_all(
        connection,
        "data_center_structure",
        [
            {"id_data_center": file["id_data_center"], "id_file_type": file_type}
            for file, file_type in zip(found, types, strict=True)
        ],
    )
    rows = [
        {
            **{name: file[name] for name in STORED},
            "id_file_type": file_type,
            "id_data_center_structure": structure,
        }
        for file, file_type, structure in zip(found, types, structures, strict=True)
    ]
    observed = [place for place, file in enumerate(found) if file["content"] == OBSERVATION]
    stations = find_or_add_stations(connection, [found[place]["marker"] for place in observed])
    place_if_unknown(
        connection,
        [(station, found[at]["position"]) for at, station in zip(observed, stations, strict=True)],
    )
    for place, station in zip(observed, stations, strict=True):
        rows[place] |= {"id_station": station, "status": first_status(found[place])}
    others = [row for row, file in zip(rows, found, strict=True) if file["content"] != OBSERVATION]
    counts = {"inserted": 0, "updated": 0, "unchanged": 0}
    _save(connection, SAVE_RINEX, [rows[place] for place in observed], counts)
    _save(connection, SAVE_OTHER, others, counts)
    _date(connection, "rinex_file", [rows[place] for place in observed])
    _date(connection, "other_files", others)
    return counts


def _centers(connection: Connection, found: Collection[dict[str, Any]]) -> dict[str, int]:
    known = text("select acronym, id from data_center where acronym = any(:names)")
    names = sorted({file["data_center"] for file in found})
    return {row.acronym: row.id for row in connection.execute(known, {"names": names})}


def _file_type(file: dict[str, Any]) -> dict[str, Any]:
    return {name: file[name] for name in ("format", "sampling_window", "sampling_frequency")}


def _save(
    connection: Connection,
    statement: str,
    rows: Sequence[dict[str, Any]],
    counts: dict[str, int],
) -> None:
    """Save rows of one table; of a file that is told twice, one after the other."""
    left = list(rows)
    while left:
        once = {(row["name"], row["relative_path"]): row for row in reversed(left)}
        now, left = (
            [row for row in left if once[row["name"], row["relative_path"]] is row],
            [row for row in left if once[row["name"], row["relative_path"]] is not row],
        )
        saved = connection.execute(text(statement), {"rows": as_json(now)}).scalars().all()
        counts["inserted"] += saved.count(True)
        counts["updated"] += saved.count(False)
        counts["unchanged"] += len(now) - len(saved)


def _date(connection: Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(text(DATE.format(table=table)), {"rows": as_json(rows)})


def first_status(found: dict[str, Any]) -> int:
    """Tell files that wait for quality control from those whose metadata contradict them.

    A file without epochs, or whose first epoch is not on the day of its name (a second before is:
    GPS time and rounding), has a metadata issue.
    """
    if found["n_epochs"] == 0:
        return METADATA_ISSUE
    if found["first_epoch"] is None:
        return INDEXED
    begin = found["reference_date"]
    off = found["first_epoch"] - begin
    return INDEXED if timedelta(seconds=-1) <= off < timedelta(days=1) else METADATA_ISSUE


def find_files(connection: Connection, name: str) -> list[dict[str, Any]]:
    """Return the files of a name, observations before others."""
    found = []
    for query in (SHOW, SHOW_OTHER):
        ordered = text(query + " where f.name = :name order by f.relative_path")
        found += [dict(row) for row in connection.execute(ordered, {"name": name}).mappings()]
    return found


def pending_files(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """Return observation files whose quality control is still to run, the oldest entry first."""
    query = text(SHOW + " where f.status = 0 order by f.id limit :limit")
    return [dict(row) for row in connection.execute(query, {"limit": limit}).mappings()]


def navigation_files(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """Return navigation files, the newest entry first: quality control picks its day by name."""
    query = text(SHOW_OTHER + " where t.format like '%NAV' order by f.id desc limit :limit")
    return [dict(row) for row in connection.execute(query, {"limit": limit}).mappings()]
