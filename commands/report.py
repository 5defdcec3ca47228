"""Write what an environment is and what was measured of it as one page.

It shows tables 1.1, 3.1 and 4.3 of the thesis made anew, every application in every technique,
the parts of each start, trends with the runs that changed a figure, and how it was measured. The
page is one file that asks nothing of any machine. What was not measured says so.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from commands.command import guarded, plain_parser, what_was_recorded
from deployments.default import DEFAULT_ENVIRONMENT

PROG = "python -m flows.report"
RUN_HELP = (
    "as of which run: an id, a beginning of it, or 'last', the environment's last that measured "
    "(default). Figures are the newest up to it, of the same environment and machine"
)


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = plain_parser(prog, str(__doc__))
    made.add_argument("run", nargs="?", default="last", metavar="RUN", help=RUN_HELP)
    made.add_argument(
        "-e",
        "--environment",
        type=Path,
        default=DEFAULT_ENVIRONMENT,
        help="the environment's YAML file (default: %(default)s)",
    )
    made.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("report.html"),
        metavar="report.html|report.md|FOLDER",
        help="one page, its text, or both with the pictures as PNG (default: %(default)s)",
    )
    return made


def main(arguments: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)

    def work() -> int:
        from report.files import check_place, write

        check_place(asked.output)

        from deployments.load import load_environment

        environment = load_environment(asked.environment)

        from report.build import build

        with what_was_recorded() as history:
            report = build(environment, history, asked.run)
        for file in write(report, asked.output):
            sys.stdout.write(f"{file}\n")
        return 0

    return guarded(work)


if __name__ == "__main__":
    sys.exit(main())
