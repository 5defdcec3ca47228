"""Remove domUs, containers or unikernels: stopped and forgotten; volumes and images stay."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from commands import instances
from commands.command import guarded
from errors import WrongInput

REMOVE = instances.Verb("rm", lambda thing: thing.remove(), "removed", "was not there")


def parser(prog: str = "python -m flows.rm") -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = instances.parser(prog, str(__doc__), names="+")
    made.add_argument("--yes", action="store_true", help="do not ask")
    return made


def main(arguments: Sequence[str] | None = None, prog: str = "python -m flows.rm") -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)
    return guarded(lambda: _confirmed(asked))


def _confirmed(asked: argparse.Namespace) -> int:
    from deployments.load import load_environment

    environment = load_environment(asked.environment)

    from tasks.instance.find import find

    names = ", ".join(find(environment, name).name for name in asked.name)
    if not asked.yes:
        if not sys.stdin.isatty():
            raise WrongInput(
                f"removing {names} was not confirmed", remedy="give --yes, or run it on a terminal"
            )
        sys.stderr.write(f"Remove {names}? Volumes and images stay. [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise WrongInput("not confirmed: nothing was touched", remedy="answer y")
    return instances.each(asked, REMOVE)


if __name__ == "__main__":
    sys.exit(main())
