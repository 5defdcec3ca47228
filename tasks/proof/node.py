"""The proof that an EPOS node works: RINEX files through every application, against the truth."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.model import Application, Environment
from errors import EposVirtError
from runs.telling import tell
from tasks.application import described
from tasks.archive import archive_folder
from tasks.last_proof import forget_proof, keep_proof
from tasks.proof.gateway import prove_gateway
from tasks.proof.indexing import index_archive
from tasks.proof.quality import prove_quality
from tasks.proof.requests import Asking, wrong

GLASS = "/GlassFramework/webresources"
NEEDED = ("indexGD", "FWSS", "EPOS_GLASS_Framework", "Products_Portal")
CHECKED = ("database", "RunQC")  # files go through these too, where both are there,
CARRIED = "EPOS_Sync_System"  # and then through this one
# What indexGD tells of a file, by the name truth.csv gives it.
INDEXED = {
    "file_size": "file_size",
    "md5_file": "md5checksum",
    "md5_uncompressed": "md5uncompressed",
    "marker_name": "marker_name",
    "first_epoch": "first_epoch",
    "last_epoch": "last_epoch",
    "interval_modal": "interval",
    "n_epochs": "n_epochs",
}


@dataclass(frozen=True)
class Node:
    """The applications of the proof, by the part they play in it."""

    index: Application
    insert: Application
    answer: Application
    portal: Application


def node_of(environment: Environment) -> Node | None:
    """Find the applications of an EPOS node; None where the environment is another one."""
    parts = _parts(environment)
    return None if missing_parts(environment) else Node(*(parts[name] for name in NEEDED))


def missing_parts(environment: Environment) -> list[str]:
    """Name what an environment lacks of an EPOS node, by the names of the node's sources."""
    return [name for name in NEEDED if name not in _parts(environment)]


def _parts(environment: Environment) -> dict[str, Application]:
    """Find applications by what their sources call themselves, whatever they are called here."""
    found = {described(environment, app).name: app for app in reversed(environment.applications)}
    return found | {app.name: app for app in environment.applications}


def taken_through(environment: Environment) -> set[str]:
    """Name the applications of a node that its files go through; the others only answer."""
    parts = _parts(environment)
    taken = {*NEEDED, *CHECKED, CARRIED} if all(name in parts for name in CHECKED) else set(NEEDED)
    return {parts[name].name for name in taken if name in parts}


def prove_again(
    environment: Environment, node: Node, before: dict[str, Any], asking: Asking
) -> dict[str, Any]:
    """Look whether GLASS and the portal still show what was proved; prove everything if not."""
    try:
        look_again(node, asking, before["observed"], 1)
    except EposVirtError as error:
        tell(f"{error.what}; proving everything")
        return prove_node(environment, node, asking)
    unchanged = {"inserted": 0, "updated": 0, "unchanged": before["seen"]["files"]}
    return {**before["seen"], **unchanged}


def prove_node(environment: Environment, node: Node, asking: Asking) -> dict[str, Any]:
    """Send the archive through every application; give what was seen, and keep it.

    Raises:
        EposVirtError: names the application at which a file was lost or changed.
    """
    forget_proof(environment)
    tell("indexGD indexes the archive and sends it to FWSS")
    sent = index_archive(asking, node.index)
    records = asking.json(node.index, "/records")["files"]
    truth = read_truth(archive_folder(environment))
    check_indexed(records, truth)
    # GLASS answers observations; navigation and weather files are other tables' rows.
    observed = [record for record in records if record["content"] == "observation"]
    with ThreadPoolExecutor(1) as beside:  # quality control takes longer than GLASS and portal
        looking = beside.submit(copy_context().run, look_again, node, asking, observed)
        further = _further(environment, asking, node, observed)
        stations, shown = looking.result()
    seen = {
        "files": len(records),
        "observations": len(observed),
        "stations": stations,
        "against_truth": len([r for r in records if r["name"] in truth]),
        "shown_by_portal": shown,
        **further,
        **{key: sent[key] for key in ("inserted", "updated", "unchanged")},
    }
    keep_proof(environment, {"seen": seen, "observed": observed})
    return seen


def look_again(
    node: Node, asking: Asking, observed: Sequence[dict[str, Any]], pages: int | None = None
) -> tuple[int, int]:
    """Find indexed observation files at GLASS and at the portal; count stations and files.

    Args:
        node: the applications.
        asking: asks them.
        observed: what was indexed.
        pages: how many stations' pages of the portal are looked at; by default all.

    Raises:
        EposVirtError: names the application at which a file was lost or changed.
    """
    markers = sorted({record["marker"] for record in observed})
    tell(f"GLASS answers {len(markers)} stations")
    stations = asking.json(
        node.answer, f"{GLASS}/stations/v2/marker/{','.join(markers)}/short/json"
    )
    known = {station["marker"].lower() for station in stations}
    if missing := {marker[:4].lower() for marker in markers} - {name[:4] for name in known}:
        raise wrong("GLASS", "does not know stations", missing)
    files = asking.json(node.answer, f"{GLASS}/files/station-marker/{','.join(markers)}/json")
    check_answered(observed, files)
    shown = _shown_by_portal(asking, node, markers[:pages], observed)
    return len(markers), shown


def _further(
    environment: Environment, asking: Asking, node: Node, observed: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Prove quality control and synchronisation, where the environment has them."""
    parts = _parts(environment)
    if any(name not in parts for name in CHECKED):
        return {}
    database, check = (parts[name] for name in CHECKED)
    found = prove_quality(environment, asking, check, node.insert, database, observed)
    if carried := parts.get(CARRIED):
        found |= prove_gateway(asking, carried, database)
    return found


def read_truth(folder: Path) -> dict[str, dict[str, str]]:
    """Read the archive's truth.csv by file name; empty where it has none."""
    path = folder / "truth.csv"
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def check_indexed(records: Sequence[dict[str, Any]], truth: dict[str, dict[str, str]]) -> None:
    """Compare what indexGD found with what the files hold.

    Raises:
        EposVirtError: lists every difference.
    """
    found = {record["name"]: record for record in records}
    differing = [f"{name}: not indexed" for name in truth if name not in found]
    for name, row in truth.items():
        record = found.get(name, {})
        differing += [
            f"{name}: {ours} is {record.get(ours)!r}, should be {row[theirs]!r}"
            for theirs, ours in INDEXED.items()
            if theirs in row and record and not _equal(record.get(ours), row[theirs])
        ]
    if differing:
        raise wrong("indexGD", "found something else than the files hold", differing)


def _equal(found: Any, wanted: str) -> bool:
    """Compare numbers as numbers, times without regard to their fractions' length, else text.

    Nothing equals an empty cell: a file of one epoch has no interval.
    """
    if found is None:
        return wanted == ""
    if isinstance(found, str):  # a hash or a marker may read as a number and be none
        return _moment(found) == _moment(wanted)
    try:
        return float(found) == float(wanted)
    except (TypeError, ValueError):
        return False


def _moment(text: str) -> str:
    head, dot, fraction = text.partition(".")
    return f"{head}.{fraction}".rstrip("0").rstrip(".") if dot and "T" in head else text


def check_answered(records: Sequence[dict[str, Any]], files: Sequence[dict[str, Any]]) -> None:
    """Compare what GLASS answers with what indexGD sent: every file, both MD5 and size.

    Raises:
        EposVirtError: lists what is missing or differs.
    """
    answered = {
        (file["name"], file["md5_checksum"], file["md5_uncompressed"], file["file_size"])
        for file in files
    }
    lost = [
        record["name"]
        for record in records
        if (
            record["name"],
            record["md5checksum"],
            record["md5uncompressed"],
            record["file_size"],
        )
        not in answered
    ]
    if lost:
        raise wrong("GLASS", "does not answer files as indexGD sent them", lost)


def _shown_by_portal(
    asking: Asking, node: Node, markers: Sequence[str], records: Sequence[dict[str, Any]]
) -> int:
    tell("the portal shows them over HTTPS")
    count = 0
    for marker in markers:
        page = asking.text(node.portal, f"/stations/{marker}")
        wanted = [record["name"] for record in records if record["marker"] == marker]
        if missing := [name for name in wanted if name not in page]:
            raise wrong("the portal", f"does not show files of {marker}", missing)
        count += len(wanted)
    return count
