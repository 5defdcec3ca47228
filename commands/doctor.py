"""Look at a server before anything is done: what would work, what would not, and why.

The way to it (name, SSH, user and rights), Debian's release, Xen and the boot loader, the card
and who configures it, addresses that somebody has already, packages and their mirrors, memory,
processors and volumes against what the environment asks for. It only looks.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from commands.command import guarded, plain_parser
from deployments.default import DEFAULT_ENVIRONMENT

if TYPE_CHECKING:
    from deployments.model import Environment
    from tasks.doctor.finding import Finding

_SIGNS = {"works": "+", "note": "!", "fails": "x"}
_EPILOG = """\
lines begin with + (works), ! (works; worth knowing) or x (a deployment would fail of it)
examples:
  epos-virt doctor deployments/my.yaml
  epos-virt doctor deployments/my.yaml -o json
exit status: 0 a deployment can begin, 1 it would fail, 2 wrong input or usage, 130 interrupted
"""


def parser(prog: str = "python -m flows.doctor") -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = plain_parser(prog, str(__doc__), _EPILOG)
    made.add_argument(
        "environment",
        nargs="?",
        type=Path,
        default=DEFAULT_ENVIRONMENT,
        help="the environment's YAML file (default: %(default)s)",
    )
    made.add_argument("-o", "--output", choices=("table", "json"), default="table")
    return made


def main(arguments: Sequence[str] | None = None, prog: str = "python -m flows.doctor") -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)
    return guarded(lambda: _examine(asked.environment, as_json=asked.output == "json"))


def _examine(file: Path, *, as_json: bool) -> int:
    from deployments.load import check_files, load_environment

    environment = load_environment(file)
    check_files(environment)

    found: list[Finding] = []
    for finding in _findings(environment):
        found.append(finding)
        if not as_json:
            sys.stdout.write(as_lines(finding))
            sys.stdout.flush()
    failing = sum(finding.verdict == "fails" for finding in found)
    if as_json:
        sys.stdout.write(json.dumps([asdict(finding) for finding in found], indent=2) + "\n")
    else:
        said = f"{failing} would not work" if failing else "a deployment can begin"
        sys.stdout.write(f"\n{len(found)} looked at: {said}. Nothing was touched.\n")
    return 1 if failing else 0


def _findings(environment: Environment) -> Iterator[Finding]:
    """Look at the environment's server; a lab that is down is known without being asked."""
    from blocks.connection import Connection
    from flows.session import find_server
    from tasks.doctor.doctor import examine, lab_is_down

    if (lab := environment.server.lab) and (down := lab_is_down(environment, lab)):
        yield from down
        return
    connection = Connection(find_server(environment))
    try:
        yield from examine(environment, connection)
    finally:
        connection.close()


def as_lines(finding: Finding) -> str:
    """Write a finding for people: what to do about it below it."""
    from printable import printable

    next_ = f"\n    next: {finding.remedy}" if finding.remedy else ""
    return f"{_SIGNS[finding.verdict]} {finding.subject}: {printable(finding.seen)}{next_}\n"


if __name__ == "__main__":
    sys.exit(main())
