"""Anubis' quality reports: from their XML to rows of the qc_ tables."""

import re
from datetime import datetime
from math import isfinite
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

from fields import BadInputError

NAMESPACES = {"https://software.pecny.cz/anubis": None, "http://www.opengis.net/gml/3.2": "gml"}
SYSTEMS = ("GPS", "GLO", "GAL", "BDS", "QZS", "SBS")
Node = dict[str, Any]


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


def _list(node: Node, name: str) -> list[Node]:
    """Return the elements of a name; an empty one is None in xmltodict and left out."""
    return [part for part in node.get(name) or [] if isinstance(part, dict)]


def _decimal(value: Any) -> float | None:
    if value is None or value in ("n/a", "-", ""):
        return None
    found = float(value)
    if not isfinite(found):
        raise ValueError(f"{value!r:.100} is no number")
    return found


def _integer(value: Any) -> int | None:
    found = _decimal(value)
    return None if found is None else int(found)


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(str(value))
