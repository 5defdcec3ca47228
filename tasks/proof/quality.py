"""The proof of quality control: RunQC's reports, as FWSS stored them, against the truth."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deployments.model import Application, Environment
from runs.telling import tell
from tasks.archive import archive_folder
from tasks.proof.requests import Asking, wrong

TRUTH = "truth_obs_counts.csv"
# Observations per file, system and signal, as the quality tables hold them.
COUNTS = """
    with observed as (
        select id_qc_constellation_summary, id_gnss_obsnames, obs_have
            from qc_observation_summary_c
        union all select id_qc_constellation_summary, id_gnss_obsnames, obs_have
            from qc_observation_summary_l
        union all select id_qc_constellation_summary, id_gnss_obsnames, obs_have
            from qc_observation_summary_d
        union all select id_qc_constellation_summary, id_gnss_obsnames, obs_have
            from qc_observation_summary_s)
    select file.name, system.identifier_1ch, signal.name, observed.obs_have
    from observed
    join qc_constellation_summary summary on summary.id = observed.id_qc_constellation_summary
    join constellations system on system.id = summary.id_constellation
    join gnss_obsnames signal on signal.id = observed.id_gnss_obsnames
    join qc_report_summary report on report.id = summary.id_qc_report_summary
    join rinex_file file on file.id = report.id_rinex_file
"""
Counts = Mapping[tuple[str, str, str], int]  # file, system, signal: observations


def prove_quality(
    environment: Environment,
    asking: Asking,
    check: Application,
    insert: Application,
    database: Application,
    observed: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Have every indexed file checked; compare what the database then holds with the truth.

    Args:
        environment: the whole environment.
        asking: asks its applications.
        check: RunQC.
        insert: FWSS.
        database: the database.
        observed: what was indexed: observation files.

    Raises:
        EposVirtError: a file was not checked, or was counted wrongly.
    """
    tell("RunQC checks what was indexed and sends its reports to FWSS")
    checked = asking.json(check, "/qc", method="POST")
    if checked["failed"]:
        raise wrong("RunQC", "could not check files", checked["failed"])
    if not checked["checked"] and observed:
        tell("all of them were checked before: RunQC checks the smallest again")
        smallest = min(observed, key=lambda record: record["file_size"])
        path = "/".join(filter(None, (smallest["relative_path"], smallest["name"])))
        asking.json(check, f"/qc?file={quote(path)}", method="POST")
        checked["checked"] = 1
    if pending := asking.json(insert, "/files/pending"):
        raise wrong("FWSS", "still has files to be checked", pending)
    found = {
        (file, system, signal): have for file, system, signal, have in asking.rows(database, COUNTS)
    }
    truth = read_counts(archive_folder(environment))
    check_counts(found, truth)
    return {
        "checked": checked["checked"],
        "signals": len(found),
        "signals_against_truth": len(truth),
    }


def read_counts(folder: Path) -> Counts:
    """Read the true numbers of observations; empty where the archive has none."""
    path = folder / TRUTH
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as file:
        return {
            (row["file"], row["system"], row["obs_type"]): int(row["n_nonblank_nonzero"])
            for row in csv.DictReader(file)
        }


def check_counts(found: Counts, truth: Counts) -> None:
    """Compare what was counted with the truth.

    Raises:
        EposVirtError: lists every difference.
    """
    differing = [
        f"{' '.join(key)}: {found.get(key, 'nothing')}, should be {count}"
        for key, count in truth.items()
        if found.get(key, 0) != count
    ]
    if differing:
        raise wrong("RunQC", "counted something else than the files hold", differing)
