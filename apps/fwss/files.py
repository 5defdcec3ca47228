"""Files of the archive: what indexGD found goes into rinex_file and other_files."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, text

from fields import (
    BadInputError,
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
    read,
)
from fields import text as line
from stations import find_or_add_station, place_if_unknown
from store import find_or_add

INDEXED, METADATA_ISSUE = 0, -3
FILE = {
    "name": Field(file_name, required=True),
    "relative_path": Field(folder, required=True),
    "data_center": Field(line, required=True),
    "content": Field(one_of("observation", "navigation", "meteorological"), required=True),
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
# A changed time of creation alone is no change: copying an archive changes it.
SAVE_RINEX = """
    insert into rinex_file as old (name, id_station, id_data_center_structure, file_size,
        id_file_type, relative_path, reference_date, creation_date, md5checksum, md5uncompressed,
        status)
    values (:name, :station, :structure, :file_size, :file_type, :relative_path, :reference_date,
        :creation_date, :md5checksum, :md5uncompressed, :status)
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
    values (:name, :structure, :file_size, :file_type, :relative_path, :creation_date,
        :md5checksum)
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


def save_file(connection: Connection, item: Any, where: str) -> str:
    """Store one file and return inserted, updated or unchanged."""
    found = read(item, FILE, where)
    known = text("select id from data_center where acronym = :acronym")
    center = connection.execute(known, {"acronym": found["data_center"]}).scalar()
    if center is None:
        raise BadInputError(
            f"{where}.data_center: {found['data_center']} is unknown; add it with NodeManager"
        )
    file_type = find_or_add(
        connection,
        "file_type",
        format=found["format"],
        sampling_window=found["sampling_window"],
        sampling_frequency=found["sampling_frequency"],
    )
    structure = find_or_add(
        connection, "data_center_structure", id_data_center=center, id_file_type=file_type
    )
    row = found | {"file_type": file_type, "structure": structure}
    if found["content"] == "observation":
        station = find_or_add_station(connection, found["marker"])
        place_if_unknown(connection, station, found["position"])
        row |= {"station": station, "status": first_status(found)}
        statement = SAVE_RINEX
    else:
        statement = SAVE_OTHER
    saved = connection.execute(text(statement), row).first()
    if saved is None:
        return "unchanged"
    return "inserted" if saved.inserted else "updated"


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
