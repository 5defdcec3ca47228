"""The blocks that a run is given by name: what they say is read as the run begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar, cast

from prefect.blocks.core import Block
from pydantic import BaseModel, ConfigDict, Field

from blocks.docker_engine import DockerEngine
from blocks.doors import USUAL, Doors
from blocks.history_database import HistoryDatabase
from blocks.hypervisor import Hypervisor
from blocks.ssh_host import SshHost
from errors import WrongInput

B = TypeVar("B", bound=Block)


class Blocks(BaseModel):
    """Names of saved blocks, for a run that goes other ways than its environment says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    server: str = Field(default="", description="SSH host: the server. Empty: the environment's.")
    hypervisor: str = Field(default="", description="Hypervisor of that server.")
    engine: str = Field(default="", description="Docker engine in every domU.")
    history: str = Field(default="", description="History database.")


def read_doors(names: Blocks) -> Doors:
    """Load the blocks that are named; for the others the ways are the usual ones.

    Raises:
        WrongInput: there is no block of that name.
    """
    found = USUAL
    if names.server:
        found = replace(found, server=_load(SshHost, names.server).target)
    if names.hypervisor:
        libvirt = _load(Hypervisor, names.hypervisor)
        found = replace(found, driver=libvirt.driver, libvirt_socket=libvirt.socket)
    if names.engine:
        found = replace(found, engine_socket=_load(DockerEngine, names.engine).socket)
    if names.history:
        url = _load(HistoryDatabase, names.history).url
        found = replace(found, history=url.get_secret_value() if url else None)
    return found


def _load(kind: type[B], name: str) -> B:
    try:
        return cast(B, kind.load(name))
    except ValueError as error:
        slug = kind.get_block_type_slug()
        raise WrongInput(
            f"there is no block {slug}/{name}",
            seen=str(error).partition(".")[0],
            remedy="python -m flows.register_blocks saves an environment's blocks and names them; "
            f"prefect block ls lists all of type {slug}",
        ) from None
