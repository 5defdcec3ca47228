"""The names that can be completed; each is found out without the engine or a connection.

A shell waits meanwhile and shows no errors: what cannot be read has no names.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployments.default import DEFAULT_ENVIRONMENT
from errors import EposVirtError

NEWEST_RUNS = 50


def instances(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """Name the domUs and applications of the environment; reads its file, and does not check it."""
    from deployments.document import Malformed, parse, read_text

    try:
        value = parse(read_text(_environment(parsed_args))).value
    except Malformed:
        return []
    if not isinstance(value, dict):
        return []
    parts = [value.get("domus"), value.get("applications")]
    things = [thing for part in parts if isinstance(part, list) for thing in part]
    return [str(thing["name"]) for thing in things if isinstance(thing, dict) and "name" in thing]


@dataclass(frozen=True)
class Steps:
    """The words that --only and --skip of a flow know."""

    flow: str

    def __call__(self, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
        """Name steps, groups and kinds of steps."""
        from commands.flow import steps_of
        from deployments.load import load_environment
        from flows.session import words_of

        def found() -> list[str]:
            return words_of(load_environment(_environment(parsed_args)), steps_of(self.flow))

        return _or_none(found)


def labs(**_: Any) -> list[str]:
    """Name the labs there are."""
    from lab.folders import lab_names

    return lab_names()


def snapshots(parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """Name the snapshots that are remembered of a lab."""
    from lab.folders import lab_folder, read_state

    def found() -> list[str]:
        state = read_state(lab_folder(getattr(parsed_args, "name", None) or "lab"))
        return list(state.snapshots) if state else []

    return _or_none(found)


def runs(**_: Any) -> list[str]:
    """Name the newest runs, from a history in a file: SQLAlchemy is not waited for."""
    import sqlite3

    from state import state_place

    place = os.environ.get("EPOS_VIRT_HISTORY") or str(state_place() / "history.sqlite")
    if "://" in place or not Path(place).is_file():
        return ["last"]
    try:
        with sqlite3.connect(f"{Path(place).absolute().as_uri()}?mode=ro", uri=True) as opened:
            rows = opened.execute(
                "SELECT id FROM run ORDER BY number DESC LIMIT ?", (NEWEST_RUNS,)
            ).fetchall()
    except sqlite3.Error:
        return ["last"]
    return ["last", *(row[0] for row in rows)]


def _environment(asked: argparse.Namespace) -> Path:
    return getattr(asked, "environment", None) or DEFAULT_ENVIRONMENT


def _or_none(find: Callable[[], list[str]]) -> list[str]:
    try:
        return find()
    except EposVirtError:
        return []
