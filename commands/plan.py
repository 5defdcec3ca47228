"""`--plan`: what a run would do, step by step. It looks, and touches nothing."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from runs.looking import NotMadeYet, only_looking
from runs.step import Step, in_order

if TYPE_CHECKING:
    from deployments.model import Environment
    from flows.session import StepsOf

_SIGNS = {"change": "+", "after": "?", "same": "=", "always": "*"}


def show_plan(
    environment: Environment, steps_of: StepsOf, asked: argparse.Namespace, *, builds: bool = False
) -> bool:
    """Print what a run would do, step by step; tells whether anything differs.

    A step that waits for one with differences cannot be decided yet and says so.
    """
    from flows.session import chosen, open_session

    with open_session(environment, builds=builds) as session:
        steps = in_order(chosen(steps_of(session), asked.only, asked.skip))
        pending: set[str] = set()
        rows = []
        for step in steps:
            row = _planned(step, pending)
            if row["state"] in ("change", "after"):
                pending.add(step.name)
            rows.append(row)
    if asked.output == "json":
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        _write(rows)
    return bool(pending)


def _write(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        sys.stdout.write(f"{_SIGNS[row['state']]} {row['step']}: {row['reason']}\n")
        for action in row["actions"]:
            sys.stdout.write(f"      {action}\n")
    differing = sum(row["state"] == "change" for row in rows)
    waiting = sum(row["state"] == "after" for row in rows)
    sys.stdout.write(
        f"\n{differing} steps would change something, {waiting} are decided after them, "
        f"{len(rows) - differing - waiting} are as they should be. Nothing was touched.\n"
    )


def _planned(step: Step, pending: set[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"step": step.name, "group": step.group, "host": step.host}
    if waits := [name for name in step.after if name in pending]:
        return row | {"state": "after", "reason": f"known after {waits[0]}", "actions": []}
    try:
        with only_looking():
            plan = step.plan()
    except NotMadeYet as lacks:
        return row | {"state": "after", "reason": f"known once {lacks} is made", "actions": []}
    actions = [action.what for action in plan.actions]
    state = "always" if step.always and actions else "change" if actions else "same"
    return row | {"state": state, "reason": plan.reason, "actions": actions}
