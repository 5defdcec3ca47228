"""The command line that all flows share: environment, plan, selection, output, exit status."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from deployments.load import check_files, load_environment
from deployments.model import Environment
from errors import EposVirtError
from flows.session import StepsOf, Summary, check_words, chosen, open_session
from runs.interruption import interrupted_once
from runs.prefect_server import prefect_server
from runs.state import state_folder
from runs.step import Step, in_order

DEFAULT_ENVIRONMENT = Path("deployments/lab.yaml")

EPILOG = """\
exit status: 0 done, 1 failed, 2 wrong input or usage, 3 differences (--plan
--detailed-exitcode), 130 interrupted. Progress goes to standard error, results to
standard output. What a run did: python -m flows.history show last
"""


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """Make the parser of `python -m flows.NAME`."""
    made = argparse.ArgumentParser(
        prog=f"python -m flows.{name}",
        description=description,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "environment",
        nargs="?",
        type=Path,
        default=DEFAULT_ENVIRONMENT,
        help="the environment's YAML file (default: %(default)s)",
    )
    made.add_argument(
        "--plan", action="store_true", help="show what would change, and touch nothing"
    )
    made.add_argument(
        "--detailed-exitcode",
        action="store_true",
        help="with --plan: exit with 3 where something differs",
    )
    made.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="STEP",
        help="run only this step, group or kind of steps, e.g. bridge; may be repeated",
    )
    made.add_argument(
        "--skip", action="append", default=[], metavar="STEP", help="leave this out; like --only"
    )
    made.add_argument(
        "-o", "--output", choices=["table", "json"], default="table", help="how to print results"
    )
    return made


def main(
    name: str,
    flow: Callable[..., Summary],
    steps_of: StepsOf,
    description: str,
    *,
    show: Callable[[Summary], str] | None = None,
    builds: bool = True,
    arguments: Sequence[str] | None = None,
) -> int:
    """Run a flow from the command line; gives the exit status.

    Args:
        name: the flow's name.
        flow: the Prefect flow, called with environment, only and skip.
        steps_of: gives its steps, for the plan.
        description: what `--help` says first.
        show: renders the result as a table; by default what changed.
        builds: whether the run needs this machine's Docker engine.
        arguments: instead of the process' own.
    """
    asked = parser(name, description).parse_args(arguments)

    def work() -> int:
        environment = load_environment(asked.environment)
        check_files(environment)
        check_words(environment, steps_of, asked.only, asked.skip)
        if asked.plan:
            differs = show_plan(environment, steps_of, asked, builds=builds)
            return 3 if differs and asked.detailed_exitcode else 0
        with prefect_server():
            summary = flow(environment=str(environment.path), only=asked.only, skip=asked.skip)
        text = (show or changes)(summary)
        if asked.output == "json":
            text = json.dumps(summary.as_json(), indent=2, default=str)
        sys.stdout.write(text.rstrip() + "\n")
        return 0

    return guarded(work)


def guarded(work: Callable[[], int]) -> int:
    """Call `work`; an error of ours becomes its message and exit status, never a traceback.

    Nor does a signal: Ctrl-C, SIGTERM and SIGHUP end it with status 130.
    """
    try:
        with interrupted_once():
            return work()
    except EposVirtError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; run the same command again to go on from here\n")
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has enough; Python must not complain at exit
        return 0
    except Exception as error:
        kept = state_folder() / "last-error.txt"
        kept.write_text(traceback.format_exc())
        sys.stderr.write(
            f"{type(error).__name__}: {error}\n"
            f"  next: this is a mistake in epos-virt; please report it with {kept}\n"
        )
        return 1


def show_plan(
    environment: Environment, steps_of: StepsOf, asked: Any, *, builds: bool = False
) -> bool:
    """Print what a run would do, step by step; tells whether anything differs.

    A step that waits for one with differences cannot be decided yet and says so.
    """
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
        return bool(pending)
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
    return bool(pending)


_SIGNS = {"change": "+", "after": "?", "same": "=", "always": "*"}


def _planned(step: Step, pending: set[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"step": step.name, "group": step.group, "host": step.host}
    if waits := [name for name in step.after if name in pending]:
        return row | {"state": "after", "reason": f"known after {waits[0]}", "actions": []}
    plan = step.plan()
    actions = [action.what for action in plan.actions]
    state = "always" if step.always and actions else "change" if actions else "same"
    return row | {"state": state, "reason": plan.reason, "actions": actions}


def changes(summary: Summary) -> str:
    """Tell in a few lines what a run changed."""
    lines = [f"+ {o.step}; before: {o.reason}" for o in summary.outcomes if o.changed]
    count = len(summary.outcomes)
    if not lines:
        return f"nothing changed: all {count} steps are as they should be (run {summary.run})"
    return "\n".join([*lines, f"{len(lines)} of {count} steps changed (run {summary.run})"])
