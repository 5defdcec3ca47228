"""A domU as a thing of an environment."""

from __future__ import annotations

from dataclasses import dataclass

from deployments.model import DomU
from tasks import step_names
from tasks.domu.domu import start_domu
from tasks.domu.measuring import domu_subject
from tasks.guest.shutdown import stop_guest
from tasks.guest.thing import GuestThing
from tasks.instance.instance import Instance
from tasks.measuring.measure import Subject


@dataclass
class DomuThing(GuestThing):
    """A virtual machine: shut down in order, started until it answers SSH.

    Args:
        domu: as the environment describes it.
        seen: how it was when it was last looked at.
    """

    domu: DomU
    seen: Instance | None = None

    @property
    def name(self) -> str:
        """Its name in the environment."""
        return self.domu.name

    @property
    def started_by(self) -> str:
        """Name of the step that starts it."""
        return step_names.domain(self.name)

    def look(self) -> Instance:
        """See how its guest is; its image is its volume."""
        address = str(self.domu.address.ip)
        self.seen = self.look_at("vm", address, lambda _domain: self.domu.volume)
        return self.seen

    def runs(self) -> bool:
        """Tell whether it ran when it was last looked at; looks where that never was."""
        return (self.seen or self.look()).state == "running"

    def end(self) -> None:
        """Close what is open to it and shut it down."""
        self.connections.forget_domu(self.name)
        stop_guest(self.connections.hypervisor(), self.name)

    def begin(self) -> None:
        """Start it and wait until it answers SSH."""
        start_domu(self.connections, self.domu, self.kept)

    def subject(self, run: str) -> Subject:
        """Give what is measured of it."""
        return domu_subject(self.connections, self.domu)
