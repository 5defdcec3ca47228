"""A Docker engine, as a Prefect block."""

from __future__ import annotations

import docker
from prefect.blocks.core import Block
from pydantic import Field

from blocks.connection import Connection
from blocks.doors import ENGINE_SOCKET
from blocks.engine import open_engine
from blocks.tunnel import UnixTunnel


class DockerEngine(Block):
    """A Docker engine by the unix socket it listens on."""

    _block_type_name = "Docker engine"
    _block_type_slug = "epos-docker-engine"

    socket: str = Field(
        default=ENGINE_SOCKET, description="The engine's unix socket on its machine."
    )

    def connect(self, machine: Connection) -> tuple[docker.DockerClient, UnixTunnel]:
        """Open the engine of `machine` over its connection; see `open_engine`."""
        return open_engine(machine, self.socket)
