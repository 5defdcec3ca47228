"""Register the project's blocks with Prefect and fill them from an environment.

    PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.register_blocks deployments/lab.yaml

Saves an SSH host for the server and for each domU, the hypervisor, the Docker engines and the
history database. Running it again updates them. Keys are named by their files, not stored.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from commands.command import guarded, plain_parser
from deployments.default import DEFAULT_ENVIRONMENT

PROG = "python -m flows.register_blocks"


def parser(prog: str = PROG) -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = plain_parser(prog, str(__doc__))
    made.add_argument("environment", nargs="?", type=Path, default=DEFAULT_ENVIRONMENT)
    return made


def main(arguments: Sequence[str] | None = None, prog: str = PROG) -> int:
    """Run it from the command line; gives the exit status."""
    asked = parser(prog).parse_args(arguments)

    def work() -> int:
        from deployments.load import load_environment

        environment = load_environment(asked.environment)
        from runs.prefect_server.places import home

        home()
        # With the flows, which set what Prefect reads as it is imported.
        from commands.register_blocks.of_environment import blocks_of
        from runs.prefect_server import prefect_server

        with prefect_server():
            from blocks.register import register

            for saved in register(blocks_of(environment)):
                sys.stdout.write(f"{saved}\n")
        return 0

    return guarded(work)
