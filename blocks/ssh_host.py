"""A machine reached by SSH, as a Prefect block."""

from __future__ import annotations

from pathlib import Path

from prefect.blocks.core import Block
from pydantic import Field

from blocks.connection import Connection, SshTarget


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

    @classmethod
    def of(cls, target: SshTarget) -> SshHost:
        """Make the block of a machine."""
        return cls(
            machine=target.name,
            host=target.host,
            port=target.port,
            user=target.user,
            key=target.key,
            known_hosts=target.known_hosts,
        )

    def connect(self, through: Connection | None = None) -> Connection:
        """Return a connection, opened at first use.

        Args:
            through: the connection that can reach this machine, where ours cannot.
        """
        return Connection(self.target, through)

    @property
    def target(self) -> SshTarget:
        """The machine, as connections name it."""
        return SshTarget(
            self.machine,
            self.host,
            self.port,
            self.user,
            self.key,
            self.known_hosts,
            sudo=self.user != "root",
        )
