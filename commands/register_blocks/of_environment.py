"""The project's blocks, filled from an environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flows.session import find_domu, find_server

if TYPE_CHECKING:
    from prefect.blocks.core import Block

    from deployments.model import Environment


def blocks_of(environment: Environment) -> dict[str, Block]:
    """Give the environment's blocks by the names they are saved under."""
    from pydantic import SecretStr

    from blocks.docker_engine import DockerEngine
    from blocks.history_database import HistoryDatabase
    from blocks.hypervisor import Hypervisor
    from blocks.ssh_host import SshHost

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
