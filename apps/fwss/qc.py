"""Quality reports and failures, stored into the qc_ tables."""

from typing import Any

from sqlalchemy import Connection, text

from anubis import Node
from fields import BadInputError, Field, file_name, folder, read
from fields import text as line
from store import find_or_add, find_or_add_all, insert_all

VALIDATED, FAILED = 1, -2
KINDS = ("C", "L", "D", "S")  # of observations: code, phase, Doppler, strength
FAILURE = {
    "name": Field(file_name, required=True),
    "relative_path": Field(folder),
    "failed": Field(line, required=True),
}


class NoSuchFileError(Exception):
    """The report is of a file that is not indexed, or of another version of it."""


def save_report(connection: Connection, report: Node, name: str | None, path: str | None) -> Node:
    """Store a report in place of an earlier one, and set the file's status."""
    file = _find_file(connection, name, path, report["md5"])
    parameters = find_or_add(connection, "qc_parameters", **report["parameters"])
    connection.execute(
        text("delete from qc_report_summary where id_rinex_file = :file"), {"file": file}
    )
    row = {"id_rinex_file": file, "id_qc_parameters": parameters, **report["summary"]}
    [summary] = insert_all(connection, "qc_report_summary", [row])
    systems = _systems(connection)
    _save_constellations(connection, summary, systems, report["constellations"])
    insert_all(
        connection,
        "qc_navigation_msg",
        _rows_of_systems(summary, systems, report["navigation"]),
    )
    status = VALIDATED if report["epochs"] > 0 else FAILED
    _set_status(connection, file, status, None if status > 0 else "the report has no epochs")
    return {"file": file, "report": summary, "status": status}


def _save_constellations(
    connection: Connection, summary: int, systems: dict[str, int], constellations: list[Node]
) -> None:
    """Store each system and its signals: one statement a table, though a report has hundreds."""
    rows = _rows_of_systems(summary, systems, constellations)
    ids = insert_all(connection, "qc_constellation_summary", rows)
    signals = [
        (id_constellation, signal)
        for id_constellation, constellation in zip(ids, constellations, strict=True)
        for signal in constellation["observations"]
    ]
    names = _signal_ids(connection, {signal["name"]: signal["kind"] for _, signal in signals})
    for kind in KINDS:
        observed = [
            {
                "id_qc_constellation_summary": id_constellation,
                "id_gnss_obsnames": names[signal["name"]],
                **signal["row"],
            }
            for id_constellation, signal in signals
            if signal["kind"] == kind
        ]
        insert_all(connection, f"qc_observation_summary_{kind.lower()}", observed)


def _signal_ids(connection: Connection, kinds: dict[str, str]) -> dict[str, int]:
    """Find signals by name; one that no list has is added."""
    query = text("select name, id from gnss_obsnames where name = any(:names)")
    found = {row.name: int(row.id) for row in connection.execute(query, {"names": [*kinds]})}
    missing = [
        {
            "name": name,
            "frequency_band": int(name[1]),
            "obstype": kind,
            "channel": name[2:] or None,
            "official": False,
        }
        for name, kind in kinds.items()
        if name not in found
    ]
    ids = find_or_add_all(connection, "gnss_obsnames", missing)
    return found | {row["name"]: id for row, id in zip(missing, ids, strict=True)}


def save_failure(connection: Connection, item: Any) -> Node:
    """Record that quality control of a file failed, with the reason."""
    found = read(item, FAILURE, "qc")
    file = _find_file(connection, found["name"], found["relative_path"], "")
    _set_status(connection, file, FAILED, found["failed"])
    return {"file": file, "status": FAILED}


def _find_file(connection: Connection, name: str | None, path: str | None, md5: str) -> int:
    """Find the file a report is of: by name and path, else by the checksum of its content."""
    if name:
        query = "select id, md5uncompressed from rinex_file where name = :name"
        query += " and relative_path = :path" if path is not None else ""
        rows = connection.execute(text(query), {"name": name, "path": path}).all()
    else:
        query = "select id, md5uncompressed from rinex_file where md5uncompressed = :md5"
        rows = connection.execute(text(query), {"md5": md5}).all() if md5 else []
    what = f"{path or ''}/{name}" if name else f"content {md5}"
    if len(rows) != 1:
        raise NoSuchFileError(f"{what}: {len(rows)} indexed files; give name and relative_path")
    if name and md5 and rows[0].md5uncompressed not in (None, md5):
        raise NoSuchFileError(f"{what}: indexed with {rows[0].md5uncompressed}, report of {md5}")
    return int(rows[0].id)


def _set_status(connection: Connection, file: int, status: int, reason: str | None) -> None:
    connection.execute(
        text(
            "update rinex_file set status = :status, revision_date = now()"
            " where id = :id and status <> :status"
        ),
        {"status": status, "id": file},
    )
    connection.execute(text("delete from rinex_errors where id_rinex_file = :id"), {"id": file})
    if reason:
        kind = find_or_add(connection, "rinex_error_types", error_type=reason)
        find_or_add(connection, "rinex_errors", id_rinex_file=file, id_error_type=kind)


def _systems(connection: Connection) -> dict[str, int]:
    query = text("select identifier_3ch, id from constellations")
    return {row.identifier_3ch: int(row.id) for row in connection.execute(query)}


def _rows_of_systems(summary: int, systems: dict[str, int], nodes: list[Node]) -> list[Node]:
    if unknown := [node["system"] for node in nodes if node["system"] not in systems]:
        raise BadInputError(f"report: constellation {unknown[0]!r} is unknown")
    return [
        {
            "id_qc_report_summary": summary,
            "id_constellation": systems[node["system"]],
            **node["row"],
        }
        for node in nodes
    ]
