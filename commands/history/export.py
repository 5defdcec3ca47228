"""`history export`: all samples for other programs."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from errors import WrongInput
from spelling import did_you_mean
from state import made_beside

if TYPE_CHECKING:
    from history import History

FORMATS = ("csv", "json", "parquet")
EXPORT = """\
Write every sample as a row of one table: run, flow, environment, state, started, platform,
subject, technique, metric, unit, method, valid, position (from 0, in the order of measuring),
value. Units are the metric's own: bytes, seconds. The file's ending says how: .csv, .json,
.parquet; without a file it is CSV on standard output.
"""


def export(history: History, asked: argparse.Namespace) -> None:
    """Write the samples to a file, whole or not at all, or to standard output."""
    kind = asked.format or (asked.file.suffix.removeprefix(".").lower() if asked.file else "csv")
    if kind not in FORMATS:
        raise WrongInput(
            f"{asked.file}: nothing is known of {asked.file.suffix or 'a file without ending'}",
            remedy=f"give --format; {did_you_mean(kind, FORMATS)}",
        )
    if asked.file is None:
        if kind == "parquet":
            raise WrongInput("Parquet is no text", remedy="name a file: history export all.parquet")
        return _write(history, asked, kind, "")
    if not asked.file.absolute().parent.is_dir():
        raise WrongInput(
            f"there is no folder {asked.file.parent}", remedy="make it, or name another"
        )
    with made_beside(asked.file.absolute()) as beside:
        _write(history, asked, kind, str(beside))
    return None


def _write(history: History, asked: argparse.Namespace, kind: str, file: str) -> None:
    from history import export as ways

    only = {name: getattr(asked, name) for name in ("run", "subject", "technique", "metric")}
    if kind == "parquet":
        return ways.write_parquet(history.engine, file, **only)
    write = ways.write_csv if kind == "csv" else ways.write_json
    if not file:
        return write(history.engine, sys.stdout, **only)
    with open(file, "w", encoding="utf-8", newline="") as opened:
        return write(history.engine, opened, **only)
