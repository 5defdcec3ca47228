"""Register the project's blocks with Prefect and fill them from an environment.

    PREFECT_API_URL=http://127.0.0.1:4200/api python -m flows.register_blocks deployments/lab.yaml

Saves an SSH host for the server and for each domU, the hypervisor, the Docker engines and the
history database. Running it again updates them. Keys are named by their files, not stored.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from prefect.blocks.core import Block
from pydantic import SecretStr

from blocks.docker_engine import DockerEngine
from blocks.history_database import HistoryDatabase
from blocks.hypervisor import Hypervisor
from blocks.register import register
from blocks.ssh_host import SshHost
from commands.command import guarded
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.load import load_environment
from deployments.model import Environment
from flows.session import find_domu, find_server
from runs.prefect_server import prefect_server


def blocks_of(environment: Environment) -> dict[str, Block]:
    """Give the environment's blocks by the names they are saved under."""
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


def main() -> int:
    """Run it from the command line; gives the exit status."""
    options = argparse.ArgumentParser(
        prog="python -m flows.register_blocks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("environment", nargs="?", type=Path, default=DEFAULT_ENVIRONMENT)
    asked = options.parse_args()

    def work() -> int:
        environment = load_environment(asked.environment)
        with prefect_server():
            for saved in register(blocks_of(environment)):
                sys.stdout.write(f"{saved}\n")
        return 0

    return guarded(work)


if __name__ == "__main__":
    sys.exit(main())
