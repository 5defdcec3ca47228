"""Remove domUs, containers or unikernels: stopped and forgotten; volumes and images stay."""

from __future__ import annotations

import argparse
import sys

from deployments.load import load_environment
from errors import WrongInput
from flows.command import guarded
from flows.instances import Verb, each, parser
from tasks.instance_verb import Verbs, find

REMOVE = Verb("rm", Verbs.remove, "removed", "was not there")


def main() -> int:
    """Run it; gives the exit status."""
    options = parser("rm", str(__doc__), names="+")
    options.add_argument("--yes", action="store_true", help="do not ask")
    asked = options.parse_args()
    return guarded(lambda: _confirmed(asked))


def _confirmed(asked: argparse.Namespace) -> int:
    environment = load_environment(asked.environment)
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
    return each(asked, REMOVE)


if __name__ == "__main__":
    sys.exit(main())
