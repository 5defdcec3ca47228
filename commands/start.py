"""Start domUs, containers or unikernels that are there and stopped; wait until guests answer."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from commands import instances

START = instances.Verb("start", lambda thing: thing.start(), "started", "was running already")


def parser(prog: str = "python -m flows.start") -> argparse.ArgumentParser:
    """Make the command's parser."""
    return instances.parser(prog, str(__doc__), names="+")


def main(arguments: Sequence[str] | None = None, prog: str = "python -m flows.start") -> int:
    """Run it; gives the exit status."""
    return instances.each(parser(prog).parse_args(arguments), START)


if __name__ == "__main__":
    sys.exit(main())
