"""`--plan`: what a run would do, step by step. It looks, and touches nothing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from textwrap import indent
from typing import TYPE_CHECKING

from runs.planned import Planned, counted, planned

if TYPE_CHECKING:
    from deployments.model import Environment
    from flows.session import StepsOf

_SIGNS = {"change": "+", "after": "?", "same": "=", "always": "*"}


def show_plan(
    environment: Environment, steps_of: StepsOf, asked: argparse.Namespace, *, builds: bool = False
) -> bool:
    """Print what a run would do, step by step; tells whether anything differs."""
    from flows.session import chosen, open_session

    with open_session(environment, builds=builds) as session:
        chosen_steps = chosen(session, steps_of(session), asked.only, asked.skip)
        rows = planned(chosen_steps, session.conceal)
    if asked.output == "json":
        sys.stdout.write(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    else:
        _write(rows)
    return any(row.differs for row in rows)


def _write(rows: Sequence[Planned]) -> None:
    for row in rows:
        sys.stdout.write(f"{_SIGNS[row.state]} {row.step}: {row.reason}\n")
        for action, detail in zip(row.actions, row.details, strict=True):
            sys.stdout.write(f"      {action}\n{indent(detail, ' ' * 8)}")
    sys.stdout.write(f"\n{counted(rows)}\n")
