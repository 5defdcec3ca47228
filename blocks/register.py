"""Registering the project's kinds of blocks with Prefect, and saving filled ones."""

from __future__ import annotations

import re

from prefect.blocks.core import Block

from blocks.docker_engine import DockerEngine
from blocks.history_database import HistoryDatabase
from blocks.hypervisor import Hypervisor
from blocks.ssh_host import SshHost

KINDS: tuple[type[Block], ...] = (SshHost, Hypervisor, DockerEngine, HistoryDatabase)


def block_name(text: str) -> str:
    """Make a name as Prefect allows them: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def register(blocks: dict[str, Block]) -> list[str]:
    """Register the kinds of blocks and save these; gives what was saved, as `kind/name`."""
    for kind in KINDS:
        kind.register_type_and_schema()
    saved = []
    for name, block in blocks.items():
        block.save(block_name(name), overwrite=True)
        saved.append(f"{type(block).get_block_type_slug()}/{block_name(name)}")
    return saved
