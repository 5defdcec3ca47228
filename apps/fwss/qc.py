"""Quality reports in Anubis' XML layout, stored into the qc_ tables."""

import re
from datetime import datetime
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict
from sqlalchemy import Connection, text

from fields import BadInputError, Field, file_name, folder, read
from fields import text as line
from store import find_or_add

VALIDATED, FAILED = 1, -2
NAMESPACES = {"https://software.pecny.cz/anubis": None, "http://www.opengis.net/gml/3.2": "gml"}
SYSTEMS = ("GPS", "GLO", "GAL", "BDS", "QZS", "SBS")
FAILURE = {
    "name": Field(file_name, required=True),
    "relative_path": Field(folder),
    "failed": Field(line, required=True),
}
Node = dict[str, Any]


class NoSuchFileError(Exception):
    """The report is of a file that is not indexed, or of another version of it."""


def parse_report(body: bytes) -> Node:
    """Turn a report into rows of the qc_ tables, with the checksum of the file it is of.

    Raises:
        BadInputError: It is not XML, or not such a report.
    """
    try:
        document = xmltodict.parse(
            body,
            process_namespaces=True,
            namespaces=NAMESPACES,
            force_list=("system", "obs", "bnd", "position", "axis", "head"),
        )
    except (ExpatError, ValueError) as error:  # ValueError: entities, which are refused
        raise BadInputError(f"report: not XML: {error}") from error
    root = document.get("QC_GNSS")
    if not isinstance(root, dict) or not isinstance(root.get("data"), dict):
        raise BadInputError("report: expected QC_GNSS with an element data")
    try:
        return {
            "parameters": _parameters(root),
            "summary": _summary(root["data"]),
            "epochs": _integer(root["data"].get("numb_epo")) or 0,
            "constellations": _constellations(root),
            "navigation": _navigation(root),
            "md5": str((_list(root, "head") or [{}])[0].get("file_md5sum") or "").lower(),
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInputError(f"report: {error!r}: not in the layout of Anubis 2.2") from error


def _parameters(root: Node) -> Node:
    meta = root["meta"]
    program = str(meta["program"])  # G-Nut/Anubis [2.2.4]
    match = re.fullmatch(r"(.*?)\s*\[(.*)\]", program)
    settings = meta.get("settings") or {}
    found: Node = {
        "software_name": match[1] if match else program,
        "software_version": match[2] if match else "",
        "elevation_cutoff": _decimal(settings.get("elev_min")),
    }
    observed = {node["@type"] for node in _list(root["data"], "system")}
    sent = {
        node["@type"]
        for node in _list(root.get("navi") or {}, "system")
        if _integer(node.get("have"))
    }
    for system in SYSTEMS:
        found[system.lower()] = system in observed
        found[f"nav_{system.lower()}"] = system in sent
    return found


def _summary(data: Node) -> Node:
    total, excluded = data.get("total") or {}, data.get("excluded") or {}
    return {
        "date_beg": _moment(data["time_beg"]),
        "date_end": _moment(data["time_end"]),
        "data_smp": _decimal(data.get("data_int")),
        "obs_elev": _decimal(total.get("elev_min")),
        **_counts(total),
        "cyc_slps": _integer(total.get("cyc_slps")),
        "clk_jmps": _integer(total.get("clk_jmps")),
        **{name: _integer(excluded.get(name)) for name in ("xbeg", "xend", "xint", "xsys")},
    }


def _counts(node: Node) -> Node:
    return {
        "obs_have": _integer(node.get("have")),
        "obs_expt": _integer(node.get("expt")),
        "user_have": _integer(node.get("have_usr")),
        "user_expt": _integer(node.get("expt_usr")),
    }


def _constellations(root: Node) -> list[Node]:
    positions = {node.get("@type"): node for node in _list(root, "position")}
    positions |= {node.get("@type"): node for node in _list(root["data"], "position")}
    return [
        _constellation(node, positions.get(node["@type"]) or {})
        for node in _list(root["data"], "system")
    ]


def _constellation(node: Node, position: Node) -> Node:
    epochs, ambiguities = node.get("epo") or {}, node.get("amb") or {}
    bands = {band.get("@type"): band for band in _list(node, "bnd")}
    code, phase = bands.get("code") or {}, bands.get("phase") or {}
    row = {
        "nsat": _integer(node.get("@nsat")),
        "xele": _integer(node.get("@xele")),
        "epo_expt": _integer(epochs.get("expt")),
        "epo_have": _integer(epochs.get("have")),
        "epo_usbl": _integer(epochs.get("dual")),
        "xcod_epo": _integer(code.get("xepo")),
        "xcod_sat": _integer(code.get("xsat")),
        "xpha_epo": _integer(phase.get("xepo")),
        "xpha_sat": _integer(phase.get("xsat")),
        "xint_epo": _integer(ambiguities.get("nepo")),
        "xint_sat": _integer(ambiguities.get("nsat")),
        "xint_sig": _integer(ambiguities.get("nsig")),
        "xint_slp": _integer(ambiguities.get("nslp")),
        **_position(position),
    }
    return {"system": node["@type"], "row": row, "observations": _observations(node)}


def _position(node: Node) -> Node:
    point = ((node.get("coordinate") or {}).get("gml:Point") or {}).get("gml:pos") or ""
    crd = [_decimal(part) for part in str(point).split()]
    x, y, z = crd if len(crd) == 3 else (None, None, None)
    axes = _list(node.get("deviation") or {}, "axis")
    rms = {axis.get("@name"): _decimal(axis.get("#text")) for axis in axes}
    return {
        "x_crd": x,
        "y_crd": y,
        "z_crd": z,
        "x_rms": rms.get("X"),
        "y_rms": rms.get("Y"),
        "z_rms": rms.get("Z"),
    }


def _observations(node: Node) -> list[Node]:
    """One row for each signal; its table goes by the first letter: C or P, L, D, S."""
    found = []
    for signal in _list(node, "obs"):
        name = str(signal["@type"])
        kind = name[:1].replace("P", "C")
        if not re.fullmatch(r"[CPLDS][0-9][A-Z]?", name):
            raise ValueError(f"observation type {name!r}")
        row = {"obs_sats": _integer(signal.get("nsat")), **_counts(signal)}
        if kind == "C":
            row["cod_mpth"] = _decimal(signal.get("mpth"))
        elif kind == "L":
            row["pha_slps"] = _integer(signal.get("slps"))
        found.append({"name": name, "kind": kind, "row": row})
    return found


def _navigation(root: Node) -> list[Node]:
    return [
        {
            "system": node["@type"],
            "row": {"nsat": _integer(node.get("@nsat")), "have": _integer(node.get("have"))},
        }
        for node in _list(root.get("navi") or {}, "system")
    ]


def save_report(connection: Connection, report: Node, name: str | None, path: str | None) -> Node:
    """Store a report in place of an earlier one, and set the file's status."""
    file = _find_file(connection, name, path, report["md5"])
    parameters = find_or_add(connection, "qc_parameters", **report["parameters"])
    connection.execute(
        text("delete from qc_report_summary where id_rinex_file = :file"), {"file": file}
    )
    summary = _insert(
        connection,
        "qc_report_summary",
        {"id_rinex_file": file, "id_qc_parameters": parameters, **report["summary"]},
    )
    for constellation in report["constellations"]:
        _save_constellation(connection, summary, constellation)
    for message in report["navigation"]:
        system = _constellation_id(connection, message["system"])
        row = {"id_qc_report_summary": summary, "id_constellation": system, **message["row"]}
        _insert(connection, "qc_navigation_msg", row)
    status = VALIDATED if report["epochs"] > 0 else FAILED
    _set_status(connection, file, status, None if status > 0 else "the report has no epochs")
    return {"file": file, "report": summary, "status": status}


def _save_constellation(connection: Connection, summary: int, constellation: Node) -> None:
    row = {
        "id_qc_report_summary": summary,
        "id_constellation": _constellation_id(connection, constellation["system"]),
        **constellation["row"],
    }
    id_constellation = _insert(connection, "qc_constellation_summary", row)
    for signal in constellation["observations"]:
        name, kind = signal["name"], signal["kind"]
        signal_id = connection.execute(
            text("select id from gnss_obsnames where name = :name"), {"name": name}
        ).scalar()
        if signal_id is None:
            signal_id = find_or_add(
                connection,
                "gnss_obsnames",
                name=name,
                frequency_band=int(name[1]),
                obstype=kind,
                channel=name[2:] or None,
                official=False,
            )
        observed = {
            "id_qc_constellation_summary": id_constellation,
            "id_gnss_obsnames": signal_id,
            **signal["row"],
        }
        _insert(connection, f"qc_observation_summary_{kind.lower()}", observed)


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


def _constellation_id(connection: Connection, name: str) -> int:
    query = text("select id from constellations where identifier_3ch = :name")
    found = connection.execute(query, {"name": name}).scalar()
    if found is None:
        raise BadInputError(f"report: constellation {name!r} is unknown")
    return int(found)


def _insert(connection: Connection, table: str, row: Node) -> int:
    values = ", ".join(f":{name}" for name in row)
    statement = f"insert into {table} ({', '.join(row)}) values ({values}) returning id"
    return int(connection.execute(text(statement), row).scalar_one())


def _list(node: Node, name: str) -> list[Node]:
    """Return the elements of a name; an empty one is None in xmltodict and left out."""
    return [part for part in node.get(name) or [] if isinstance(part, dict)]


def _decimal(value: Any) -> float | None:
    if value is None or value in ("n/a", "-", ""):
        return None
    return float(value)


def _integer(value: Any) -> int | None:
    found = _decimal(value)
    return None if found is None else int(found)


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(str(value))
