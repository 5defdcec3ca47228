"""The command line of comparing: which application, and as what."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from commands import flow
from commands.command import guarded, plain_parser
from deployments.default import DEFAULT_ENVIRONMENT

TECHNIQUES = ("vm", "container", "unikernel")
EPILOG = """\
Each copy gets an address that nothing in the environment has, and data of its own; what it only
reads, and the applications it talks to, are those of the original. A run that is killed leaves
copies, which the next deployment or comparison removes. Its figures stay in the history:
python -m flows.history metrics --subject FWSS
"""


def parser(prog: str = "") -> argparse.ArgumentParser:
    """Make the parser."""
    made = plain_parser(prog or "python -m flows.compare", flow.description("compare"), EPILOG)
    made.add_argument("application", help="its name in the environment, such as FWSS")
    made.add_argument(
        "--techniques",
        type=lambda text: text.split(","),
        default=list(TECHNIQUES),
        metavar="TECHNIQUE,...",
        help=f"default: {','.join(TECHNIQUES)}",
    )
    made.add_argument(
        "--environment",
        "-e",
        type=Path,
        default=DEFAULT_ENVIRONMENT,
        help="the environment's YAML file (default: %(default)s)",
    )
    made.add_argument(
        "-o", "--output", choices=["table", "json"], default="table", help="how to print results"
    )
    return made


def main(arguments: Sequence[str] | None = None, prog: str = "") -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)
    return guarded(lambda: _carry_out(asked))


def _carry_out(asked: argparse.Namespace) -> int:
    from errors import WrongInput
    from spelling import did_you_mean

    for technique in asked.techniques:
        if technique not in TECHNIQUES:
            raise WrongInput(
                f"there is no technique {technique!r}", remedy=did_you_mean(technique, TECHNIQUES)
            )
    environment = flow.checked(asked.environment)
    from tasks.comparing.copies import with_copies

    beside, _ = with_copies(environment, asked.application, asked.techniques)
    summary = flow.run(
        "compare",
        beside,
        application=asked.application,
        environment=str(environment.path),
        techniques=asked.techniques,
    )
    sys.stdout.write(flow.shown(summary, as_json=asked.output == "json", table=True))
    return 0
