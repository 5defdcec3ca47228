"""Show the history: runs, what each step did, what was measured, what got better or worse.

Results go to standard output. Exit status: 0 done, 1 failed, 2 wrong input or usage.
"""

from __future__ import annotations

import argparse
import os
import sys
import textwrap
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.command import what_was_recorded
from commands.history.export import EXPORT, FORMATS, export
from commands.history.printing import cell, print_grid, print_json, write
from commands.history.verdicts import COMPARE, TRENDS, compare, trends
from errors import EposVirtError, WrongInput
from history.metric import METRICS, TECHNIQUES
from history.state import RUN_STATES
from spelling import did_you_mean

if TYPE_CHECKING:
    from history import History

PROG = "python -m flows.history"

TIMES = ("started", "ended")
RUN_HELP = "id of a run, a beginning of it that no other has, or 'last'"
METRICS_TEXT = "Metrics:\n" + "\n".join(
    textwrap.fill(
        f"  {name:20}{definition.meaning} [{definition.unit}]", 100, subsequent_indent=" " * 22
    )
    for name, definition in METRICS.items()
)
METRICS_HELP = textwrap.fill(
    "Print each metric with the median of its samples; low and high are the smallest and the "
    "largest sample. floor_ratio is the median divided by that of null-guest (vm, unikernel) or "
    "empty-container (container) in the same run, where that was measured (the table shows it for "
    "starts); for start_first_answer of a unikernel, by the sum of null-guest's and its own "
    "start_direct.",
    100,
)


def main(arguments: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Run the command; returns its exit status."""
    asked = parser(prog).parse_args(arguments)

    try:
        with what_was_recorded() as history:
            asked.command(history, asked)
        sys.stdout.flush()
    except EposVirtError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except BrokenPipeError:
        # The reader, `head` say, has what it wanted. Python would complain while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _list(history: History, asked: argparse.Namespace) -> None:
    from history.grid import grid

    found = history.listed(flow=asked.flow, state=asked.state, limit=asked.limit)
    if asked.output == "json":
        return print_json(found)
    titles = ("run", "flow", "environment", "state", "started", "ended", "changed", "steps")
    rows = [[cell(one[title]) for title in titles] for one in found]
    return print_grid(grid(titles, rows, right=(6, 7)))


def _show(history: History, asked: argparse.Namespace) -> None:
    from history.grid import grid

    run = history.run(asked.run)
    if asked.output == "json":
        return print_json(run)
    write(f"run          {run['run']}, {run['state']}\n")
    write(f"flow         {run['flow']}\nenvironment  {run['environment']}\n")
    write(f"started      {cell(run['started'])}\nended        {cell(run['ended'])}\n")
    write(f"platform     {run['platform']}\n\n")
    titles = ("step", "host", "state", "started", "seconds", "reason")
    print_grid(grid(titles, [_step_row(step) for step in run["steps"]], right=(4,)))
    for step in run["steps"]:
        if step["evidence"]:
            shown = step["evidence"].rstrip().replace("\n", "\n  ")
            write(f"\n{step['step']} on {step['host']}:\n  {shown}\n")
    if history.has_metrics(run["run"]):
        write("\n")
        _print_comparison(history, run["run"])
    return None


def _step_row(step: dict[str, Any]) -> list[str]:
    """Give a step's cells: the time of its day, how long it took, how often it was tried again."""
    from history import table

    again = f", tried {step['retries'] + 1} times" if step["retries"] else ""
    started, ended = (step[key] and datetime.fromisoformat(step[key]) for key in TIMES)
    took = f"{(ended - started).total_seconds():.1f}" if started and ended else table.NONE
    clock = f"{started:%H:%M:%S}" if started else table.NONE
    return [step["step"], step["host"], step["state"] + again, clock, took, step["reason"]]


def _metrics(history: History, asked: argparse.Namespace) -> None:
    from history import table
    from history.grid import grid
    from history.read import records

    found = records(history.metrics(asked.run, asked.subject, asked.technique, asked.metric))
    if asked.metric and not found and asked.metric not in METRICS:
        raise WrongInput(
            f"no metric is called {asked.metric!r}", remedy=did_you_mean(asked.metric, METRICS)
        )
    if asked.output == "json":
        return print_json(found)
    titles = (
        "run",
        "subject",
        "technique",
        "metric",
        f"median (low{table.DASH}high)",
        "unit",
        "n",
        f"{table.TIMES} floor",
        "warnings",
    )
    rows = [
        [
            *(one[name] for name in titles[:4]),
            table.spread(one),
            table.shown_unit(one["unit"]),
            one["samples"],
            f"{one['floor_ratio']:.2f}" if one["unit"] == "s" and "floor_ratio" in one else "",
            "; ".join([*([] if one["valid"] else ["not valid"]), *one["warnings"]]),
        ]
        for one in found
    ]
    return print_grid(grid(titles, rows, right=(4, 6, 7)))


def _print_comparison(history: History, run: str) -> None:
    from history import table

    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(table.renderable(history, run))
    else:
        write(table.comparison(history, run))


def positive_number(text: str) -> int:
    """Read a number from 1; argparse names this function where it cannot."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = argparse.ArgumentParser(
        prog=prog,
        description="Show the history of runs, steps and metrics. Times are UTC.",
        epilog="EPOS_VIRT_HISTORY names another history: a SQLite file or a PostgreSQL URL.",
    )
    commands = made.add_subparsers(required=True, metavar="list|show|metrics|compare|trends|export")

    runs = commands.add_parser("list", help="the runs, newest first")
    runs.add_argument("--flow", help="only runs of this flow")
    runs.add_argument("--state", choices=RUN_STATES, help="only runs in this state")
    runs.add_argument("--limit", type=positive_number, metavar="N", help="only the N newest")
    runs.set_defaults(command=_list)

    show = commands.add_parser("show", help="one run with its steps")
    show.add_argument("run", metavar="RUN", help=RUN_HELP)
    show.set_defaults(command=_show)

    metrics = commands.add_parser(
        "metrics",
        help="what was measured, oldest run first",
        description=METRICS_HELP,
        epilog=METRICS_TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    metrics.add_argument("--run", metavar="RUN", help=RUN_HELP + "; all runs without it")
    _add_filters(metrics)
    metrics.set_defaults(command=_metrics)

    compared = commands.add_parser(
        "compare",
        help="two runs: what is better or worse in the second",
        description=COMPARE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    compared.add_argument("a", metavar="A", help=RUN_HELP)
    compared.add_argument("b", metavar="B", help="the later run, likewise")
    compared.set_defaults(command=compare)

    followed = commands.add_parser(
        "trends",
        help="figures over all runs, and which runs changed them",
        description=TRENDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_filters(followed)
    followed.add_argument("--environment", metavar="NAME", help="only runs of this environment")
    followed.add_argument("--marked", action="store_true", help="only what was changed by a run")
    followed.set_defaults(command=trends)

    for command in (runs, show, metrics, compared, followed):
        command.add_argument("-o", "--output", choices=("table", "json"), default="table")

    exported = commands.add_parser(
        "export",
        help="all samples, as CSV, JSON or Parquet",
        description=EXPORT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    exported.add_argument("file", nargs="?", type=Path, metavar="FILE", help="where to")
    exported.add_argument("--format", choices=FORMATS, help="how, whatever the file's ending")
    exported.add_argument("--run", metavar="RUN", help=RUN_HELP + "; all runs without it")
    _add_filters(exported)
    exported.set_defaults(command=export)
    return made


def _add_filters(command: argparse.ArgumentParser) -> None:
    command.add_argument("--subject", help="only this application or floor")
    command.add_argument("--technique", choices=TECHNIQUES, help="only this technique")
    command.add_argument("--metric", help="only this metric, e.g. start_first_answer")
