"""The command line that all flows share: environment, plan, selection, output, exit status."""

from __future__ import annotations

import argparse
import ast
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.command import guarded, plain_parser
from deployments.default import DEFAULT_ENVIRONMENT, PROJECT
from deployments.offered import tags_of
from runs.much_imported import much_imported

if TYPE_CHECKING:
    from deployments.model import Environment
    from flows.session import StepsOf, Summary

# May build images: their plans ask this machine's engine.
BUILDING = ("deploy_all", "rebuild_and_measure", "compose_up", "run_vms", "run_unikernels")
MEASURING = ("deploy_all", "rebuild_and_measure", "measure")  # end with the table of figures
NIGHT = "rebuild_and_measure"

EPILOG = """\
exit status: 0 done, 1 failed, 2 wrong input or usage, 3 differences (--plan
--detailed-exitcode), 130 interrupted. Progress goes to standard error, results to
standard output. What a run did: python -m flows.history show last
"""


def parser(name: str, prog: str = "") -> argparse.ArgumentParser:
    """Make the parser of a flow's command.

    Args:
        name: the flow's name.
        prog: how it was called; by default `python -m flows.NAME`.
    """
    made = plain_parser(prog or f"python -m flows.{name}", description(name), EPILOG)
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
    if name in MEASURING:
        add_measuring(name, made)
    made.add_argument(
        "-o", "--output", choices=["table", "json"], default="table", help="how to print results"
    )
    return made


def add_measuring(name: str, made: argparse.ArgumentParser) -> None:
    """Let a command line say how starts are timed; and of a night, what it builds and keeps."""
    night = name == NIGHT
    made.add_argument(
        "--starts",
        type=int,
        metavar="N",
        help="time each start so often, at least (default: 5)",
    )
    made.add_argument(
        "--until",
        type=percent,
        metavar="PERCENT",
        help="and go on until its median is known within that, such as 10%%, 30 times at most"
        + (" (default: 10%%)" if night else ""),
    )
    if not night:
        made.add_argument("--again", action="store_true", help="measure what did not change, too")
        return
    made.add_argument(
        "--packages",
        type=Path,
        metavar="FILE",
        help="build again from a list that a night kept in the state folder's packages/",
    )
    made.add_argument("--nights", type=int, metavar="N", help="nights kept here (default: 14)")
    made.add_argument(
        "--accept",
        action="store_true",
        help="take what is worse for good: later nights are compared with it",
    )


def percent(text: str) -> float:
    """Read a number with or without its percent sign."""
    return float(text.strip().removesuffix("%"))


def measuring(name: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Give what a command line said of measuring, and of a night, as the flow's parameters.

    Raises:
        WrongInput: that cannot be.
    """
    if name not in MEASURING:
        return {}
    told = ("starts", "until", "again", "packages", "nights", "accept")
    # None is what was not said; 0 was said, and is refused.
    given = {word: value for word in told if (value := getattr(asked, word, None)) is not None}
    if given:
        from errors import WrongInput
        from tasks.measuring.method import REPETITIONS, method_of
        from tasks.package_list import read_list

        method_of(given.get("starts", REPETITIONS), given.get("until"))
        if "packages" in given:
            read_list(given["packages"])
            given["packages"] = str(given["packages"].absolute())
        if given.get("nights", 1) < 1:
            raise WrongInput(f"{given['nights']} nights kept", remedy="keep one at least")
    return given


def main(name: str, arguments: Sequence[str] | None = None, prog: str = "") -> int:
    """Run a flow from the command line; gives the exit status.

    Args:
        name: the flow's name.
        arguments: instead of the process' own.
        prog: how it was called.
    """
    asked = parser(name, prog).parse_args(arguments)
    return guarded(lambda: _carry_out(name, asked))


def _carry_out(name: str, asked: argparse.Namespace) -> int:
    environment = checked(asked.environment)
    told = measuring(name, asked)
    if asked.only or asked.skip:
        from flows.session import check_words

        check_words(environment, steps_of(name), asked.only, asked.skip)
    if asked.plan:
        from flows.shown.plan import show_plan

        differs = show_plan(environment, steps_of(name), asked, builds=name in BUILDING)
        return 3 if differs and asked.detailed_exitcode else 0
    summary = run(
        name,
        environment,
        environment=str(environment.path),
        only=asked.only,
        skip=asked.skip,
        **told,
    )
    sys.stdout.write(shown(summary, as_json=asked.output == "json", table=name in MEASURING))
    return 0


def checked(file: Path) -> Environment:
    """Read an environment and look at the files it names; what is wrong ends it here."""
    from deployments.load import check_files, load_environment

    environment = load_environment(file)
    check_files(environment)
    return environment


def steps_of(name: str) -> StepsOf:
    """Give what makes a flow's steps."""
    found: StepsOf = import_module(f"flows.steps.{name}").steps
    return found


def run(name: str, on: Environment, **parameters: Any) -> Summary:
    """Run a flow under Prefect, with the operator's server or one for this run.

    Args:
        name: the flow's name.
        on: the environment, to whose machines it connects while the server starts.
        parameters: the flow's.

    Raises:
        EposVirtError: another run is at work there.
    """
    from flows.alone import refuse_second
    from runs.prefect_server import prefect_server
    from runs.prefect_server.places import home

    refuse_second(on)  # Prefect's server alone may take a minute to start
    home()

    def meanwhile() -> None:
        # Here, not in a thread: two threads that import Prefect wait for one another.
        import_module(f"flows.{name}")
        from flows.session import connect_early

        connect_early(on)

    with ExitStack() as stack:
        with much_imported():
            stack.enter_context(prefect_server(meanwhile=meanwhile))
            flow: Callable[..., Summary] = getattr(import_module(f"flows.{name}"), name)
            from prefect import tags

            from flows.begun import see_rows
        with tags(*tags_of(name, on)):
            summary = flow(**parameters)
        with suppress(KeyboardInterrupt):  # all is done
            see_rows(summary)
        return summary


def shown(summary: Summary, *, as_json: bool, table: bool) -> str:
    """Give a run's result as text: for scripts, with the table of figures, or what changed."""
    from flows.shown import results

    if as_json:
        text = json.dumps(summary.as_json(), indent=2, default=str)
    else:
        text = results.table(summary) if table else results.changes(summary)
    return text.rstrip() + "\n"


def description(name: str) -> str:
    """Read what a flow is from its file; importing that would import Prefect."""
    source = (PROJECT / "flows" / f"{name}.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or ""
