"""Stop domUs, containers or unikernels in order; the next deployment starts them again."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from commands import instances

STOP = instances.Verb("stop", lambda thing: thing.stop(), "stopped", "was not running")


def parser(prog: str = "python -m flows.stop") -> argparse.ArgumentParser:
    """Make the command's parser."""
    return instances.parser(prog, str(__doc__), names="+")


def main(arguments: Sequence[str] | None = None, prog: str = "python -m flows.stop") -> int:
    """Run it; gives the exit status."""
    return instances.each(parser(prog).parse_args(arguments), STOP)


if __name__ == "__main__":
    sys.exit(main())
