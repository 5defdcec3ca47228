"""Say which technique each application should use, from what was measured.

Compared are the techniques an application was measured in: size, memory and start to the first
correct answer, by the geometric mean of each over the application's best. A budget leaves out what
is too slow (--start, each) and holds all of them together to memory and size; with containers the
domU that carries them is counted too. What was not measured is not recommended: it is named with
what else rules a technique out. Measure more by giving an application another `technique` in a
copy of the environment and deploying that. The thesis' choice (its table 1.1) stands beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commands.command import guarded, plain_parser, what_was_recorded
from deployments.default import DEFAULT_ENVIRONMENT

if TYPE_CHECKING:
    from deployments.model import Environment
    from history.judging.known import Known
    from recommendation.choice import Choice

PROG = "python -m flows.recommend"


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = plain_parser(prog, str(__doc__))
    made.add_argument(
        "environment",
        nargs="?",
        type=Path,
        default=DEFAULT_ENVIRONMENT,
        help="the environment's YAML file (default: %(default)s)",
    )
    made.add_argument("--memory", metavar="SIZE", help="all may use together, e.g. 600MB, 1GiB")
    made.add_argument("--size", metavar="SIZE", help="all images together, e.g. 300MB")
    made.add_argument(
        "--start", type=seconds, metavar="S", help="any may take to its first answer, seconds"
    )
    made.add_argument("--run", default="last", metavar="RUN", help="as of this run (default: last)")
    made.add_argument("--write", type=Path, metavar="FILE", help="write the environment so there")
    made.add_argument("-o", "--output", choices=("table", "json"), default="table")
    return made


def seconds(text: str) -> float:
    """Read seconds, more than 0; argparse names this function where it cannot."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)
    return number


def main(arguments: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)

    def work() -> int:
        from commands.flow import checked
        from recommendation.results import as_json, as_text

        memory, size = _size("--memory", asked.memory), _size("--size", asked.size)
        _check_place(asked.write)
        environment = checked(asked.environment)
        known = _known(environment, asked.run)
        choice = _choice(environment, known, (memory, size), asked.start)
        if asked.write:
            _write(environment, choice, asked.write)
        if asked.output == "json":
            sys.stdout.write(json.dumps(as_json(choice, known), indent=2) + "\n")
        else:
            sys.stdout.write(as_text(choice, known))
        return 0

    return guarded(work)


def _choice(
    environment: Environment,
    known: Known | None,
    limits: tuple[int | None, int | None],
    start: float | None,
) -> Choice:
    from recommendation.candidates import NEEDED, candidates
    from recommendation.choice import Budget, choose

    hosts = [str(app.domu) for app in environment.containers]
    hosts += [domu.name for domu in environment.domus]
    host = hosts[0] if hosts else ""
    figures = {
        metric: figure
        for metric in NEEDED
        if known and (figure := known.figure(host, "vm", metric))
    }
    return choose(candidates(environment, known, start), Budget(*limits), (host, figures))


def _known(environment: Environment, run: str) -> Known | None:
    from errors import WrongInput
    from history.judging.known import known

    with what_was_recorded() as history:
        try:
            return known(history.engine, run, environment.name)
        except WrongInput:
            if run != "last":
                raise
            return None  # nothing was measured: that is what is told


def _size(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    from deployments.size import Size
    from errors import WrongInput

    try:
        return int(Size.read(text))
    except ValueError:
        remedy = "write a number and a unit, such as 600MB or 1GiB"
        raise WrongInput(f"{option}: {text!r} is no size", remedy=remedy) from None


def _check_place(file: Path | None) -> None:
    from errors import WrongInput

    if file is None:
        return
    if file.exists():
        raise WrongInput(f"{file} is there already", remedy="name a new file")
    if not file.absolute().parent.is_dir():
        raise WrongInput(f"there is no folder {file.parent}", remedy="make it, or name another")


def _write(environment: Environment, choice: Choice, file: Path) -> None:
    from history.metric import MEMORY
    from recommendation.rewriting import rewritten
    from state import replace_text

    wanted = {one.application: one.technique for one in choice.advice}
    memory = {one.application: int(one.chosen.of(MEMORY)) for one in choice.advice if one.chosen}
    replace_text(file, rewritten(environment, wanted, memory, file))
    sys.stderr.write(f"written: {file}; look first: python -m flows.deploy_all {file} --plan\n")
    for one in choice.advice:
        if one.changes and environment.application(one.application).volumes:
            sys.stderr.write(
                f"{one.application}: as {one.technique} its volumes are new ones; what is in "
                f"those of the {one.now} is not carried over\n"
            )


if __name__ == "__main__":
    sys.exit(main())
