"""A domU as a thing of an environment."""

from __future__ import annotations

from dataclasses import dataclass

from deployments.model import DomU
from tasks.domu.domu import start_domu
from tasks.guest.thing import GuestThing
from tasks.measuring.measure import stop_guest


@dataclass
class DomuThing(GuestThing):
    """A virtual machine: shut down in order, started until it answers SSH."""

    domu: DomU

    @property
    def name(self) -> str:
        """Its name in the environment."""
        return self.domu.name

    def end(self) -> None:
        """Close what is open to it and shut it down."""
        self.connections.forget_domu(self.name)
        stop_guest(self.connections.hypervisor(), self.name)

    def begin(self) -> None:
        """Start it and wait until it answers SSH."""
        start_domu(self.connections, self.domu, self.kept)
