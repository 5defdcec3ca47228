"""Logs of stations: kept as they were written, and what they say stored with the station."""

from typing import Any

from sqlalchemy import Connection, text

from fields import BadInputError, Field, file_name, read
from sitelog import Log
from stations import save_stations
from store import find_or_add

PARAMETERS = {"name": Field(file_name)}
KEEP = text(
    "insert into log_text (id_log, text) values (:log, :text)"
    " on conflict (id_log) do update set text = excluded.text"
)
DESCRIBE = text(
    "update log set date = :date, previous = :previous, modified = :modified where id = :log"
)


def save_log(connection: Connection, log: Log, arguments: dict[str, str]) -> dict[str, Any]:
    """Store a log in place of an earlier one of its name.

    Raises:
        BadInputError: What it says of the station is wrong, field by field.
    """
    name = read(arguments, PARAMETERS, "parameter")["name"]
    if known := _known(connection, log, name):
        return {**known, "unchanged": True}
    saved = save_stations(connection, [log.station])
    if saved["refused"]:
        errors = saved["refused"][0]["errors"]
        raise BadInputError(*(error.replace("stations[0]", "sitelog") for error in errors))
    [station] = saved["ids"]
    date = log.date or "1970-01-01T00:00"
    ending = "log" if log.kind.startswith("IGS") else "xml"
    title = name or f"{log.station['marker'].lower()}_{date[:10].replace('-', '')}.{ending}"
    kind = find_or_add(connection, "log_type", name=log.kind)
    find = text("select id from log where id_station = :station and title = :title")
    of = {"station": station, "title": title}
    id = connection.execute(find, of).scalar() or find_or_add(
        connection, "log", title=title, date=date, id_log_type=kind, id_station=station
    )
    described = {"log": id, "date": date, "previous": log.previous, "modified": log.modified}
    connection.execute(DESCRIBE, described)
    connection.execute(KEEP, {"log": id, "text": log.text})
    return {"station": station, "log": id, "title": title, "type": log.kind, "unchanged": False}


def _known(connection: Connection, log: Log, name: str | None) -> dict[str, Any] | None:
    """Find the same log, letter by letter: an archive is indexed every night."""
    if name is None:
        return None
    query = text(
        "select l.id_station as station, l.id as log, l.title, y.name as type from log l"
        " join log_text t on t.id_log = l.id join log_type y on y.id = l.id_log_type"
        " where l.title = :name and t.text = :text"
    )
    row = connection.execute(query, {"name": name, "text": log.text}).mappings().first()
    return dict(row) if row else None
