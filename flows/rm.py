"""Remove domUs, containers or unikernels: stopped and forgotten; volumes and images stay."""

from __future__ import annotations

import argparse
import sys

from errors import WrongInput
from flows.command import guarded
from flows.instances import each, parser
from tasks.instance_verb import Verbs


def main() -> int:
    """Run it; gives the exit status."""
    options = parser("rm", str(__doc__), names="+")
    options.add_argument("--yes", action="store_true", help="do not ask")
    asked = options.parse_args()
    return guarded(lambda: _confirmed(asked))


def _confirmed(asked: argparse.Namespace) -> int:
    names = ", ".join(asked.name)
    if not asked.yes:
        if not sys.stdin.isatty():
            raise WrongInput(
                f"removing {names} was not confirmed", remedy="give --yes, or run it on a terminal"
            )
        sys.stderr.write(f"Remove {names}? Volumes and images stay. [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise WrongInput("not confirmed: nothing was touched", remedy="answer y")
    return each(asked, _remove)


def _remove(verbs: Verbs) -> str:
    verbs.remove()
    return "removed"


if __name__ == "__main__":
    sys.exit(main())
