"""Check environments and the files they name; nothing is touched."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from commands.command import guarded, plain_parser
from deployments import __main__ as deployments


def parser(prog: str) -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = plain_parser(prog, str(__doc__))
    deployments.add_check(made)
    return made


def main(arguments: Sequence[str] | None, prog: str) -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)
    return guarded(lambda: deployments.check(asked.file))
