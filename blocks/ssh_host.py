"""A machine reached by SSH, as a Prefect block."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect.blocks.core import Block
from pydantic import BaseModel, Field

from blocks.connection import Connection, SshTarget


class SshJump(BaseModel):
    """A machine on the way to another; nothing is run on it."""

    host: str = Field(description="Its address, as the known-hosts file spells it.")
    port: int = Field(default=22, ge=1, le=65535, description="TCP port of its SSH server.")
    user: str = Field(default="root", description="Login name.")
    key: Path = Field(description="Private key file, mode 0600.")
    known_hosts: Path = Field(description="The only file whose host keys are trusted.")


class SshHost(Block):
    """A machine reached by SSH with a key; only host keys of its known-hosts file are trusted."""

    _block_type_name = "SSH host"
    _block_type_slug = "epos-ssh-host"

    machine: str = Field(description="What people call the machine.")
    host: str = Field(description="Its address, as the known-hosts file spells it.")
    port: int = Field(default=22, ge=1, le=65535, description="TCP port of its SSH server.")
    user: str = Field(default="root", description="Login name.")
    key: Path = Field(description="Private key file, mode 0600.")
    known_hosts: Path = Field(description="The only file whose host keys are trusted.")
    jumps: list[SshJump] = Field(
        default=[], description="The machines that lead to it, from this one; none where it can."
    )

    @classmethod
    def of(cls, target: SshTarget) -> SshHost:
        """Make the block of a machine."""
        jumps: list[SshJump] = []
        between = target.through
        while between:
            jumps.insert(0, SshJump(**_way(between)))
            between = between.through
        return cls(machine=target.name, jumps=jumps, **_way(target))

    def connect(self, through: Connection | None = None) -> Connection:
        """Return a connection, opened at first use.

        Args:
            through: the connection that can reach this machine, where ours cannot.
        """
        return Connection(self.target, through)

    @property
    def target(self) -> SshTarget:
        """The machine, as connections name it."""
        through: SshTarget | None = None
        for jump in self.jumps:
            through = SshTarget(jump.host, **_way(jump), through=through)
        return SshTarget(self.machine, **_way(self), sudo=self.user != "root", through=through)


def _way(of: SshTarget | SshJump | SshHost) -> dict[str, Any]:
    return {name: getattr(of, name) for name in SshJump.model_fields}
