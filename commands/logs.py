"""Show what a domU, container or unikernel printed: its console, or its container's log."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from commands import instances
from commands.command import guarded


def parser(prog: str = "python -m flows.logs") -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = instances.parser(prog, str(__doc__), names="1")
    made.add_argument("-f", "--follow", action="store_true", help="go on until Ctrl-C")
    made.add_argument(
        "-n", "--tail", type=int, default=100, metavar="N", help="last lines (default: %(default)s)"
    )
    return made


def main(arguments: Sequence[str] | None = None, prog: str = "python -m flows.logs") -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)

    def work() -> int:
        with instances.opened(asked.environment, asked.name, alone=False) as (_, [thing]):
            try:
                thing.logs(_print, follow=asked.follow, tail=asked.tail)
            except KeyboardInterrupt:  # how one ends --follow; there is nothing to go on with
                return 130
        return 0

    return guarded(work)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
