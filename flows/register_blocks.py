"""Register the project's blocks with Prefect and fill them from an environment.

    PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.register_blocks deployments/lab.yaml

Saves an SSH host for the server and for each domU, the hypervisor, the Docker engines and the
history database. Running it again updates them. Keys are named by their files, not stored.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commands.command import guarded, plain_parser
from deployments.default import DEFAULT_ENVIRONMENT

if TYPE_CHECKING:
    from prefect.blocks.core import Block

    from deployments.model import Environment

PROG = "python -m flows.register_blocks"


def blocks_of(environment: Environment) -> dict[str, Block]:
    """Give the environment's blocks by the names they are saved under."""
    from pydantic import SecretStr

    from blocks.docker_engine import DockerEngine
    from blocks.history_database import HistoryDatabase
    from blocks.hypervisor import Hypervisor
    from blocks.ssh_host import SshHost
    from flows.session import find_domu, find_server

    name = environment.name
    history = os.environ.get("EPOS_VIRT_HISTORY")
    blocks: dict[str, Block] = {
        f"{name}-server": SshHost.of(find_server(environment)),
        f"{name}-hypervisor": Hypervisor(),
        f"{name}-history": HistoryDatabase(url=SecretStr(history) if history else None),
    }
    for domu in environment.domus:
        blocks[f"{name}-{domu.name}"] = SshHost.of(find_domu(environment, domu.name))
        blocks[f"{name}-{domu.name}-engine"] = DockerEngine()
    return blocks


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

        from runs.prefect_server import prefect_server

        with prefect_server():
            from blocks.register import register

            for saved in register(blocks_of(environment)):
                sys.stdout.write(f"{saved}\n")
        return 0

    return guarded(work)


if __name__ == "__main__":
    sys.exit(main())
