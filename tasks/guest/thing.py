"""What is the same for all guests of ours as things of an environment, whatever is in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from blocks.connections import Connections
from deployments.model import Environment
from printable import printable
from tasks.guest.console import console_log
from tasks.guest.description import mark_of, read_domain
from tasks.instance.instance import ABSENT, NOT_OURS, Instance
from tasks.instance.thing import absent

if TYPE_CHECKING:
    import libvirt


@dataclass
class GuestThing(ABC):
    """A domain of libvirt that carries our mark; a technique says how it ends and begins.

    Args:
        environment: the whole environment.
        connections: the run's connections.
        kept: folder of the run, where the console of a guest that does not answer is kept.
    """

    environment: Environment
    connections: Connections
    kept: Path

    @property
    @abstractmethod
    def name(self) -> str:
        """Its name in the environment."""

    @abstractmethod
    def look(self) -> Instance:
        """See how it is now."""

    @abstractmethod
    def end(self) -> None:
        """End it where it runs."""

    @abstractmethod
    def begin(self) -> None:
        """Start it where it is down, and wait until it answers."""

    @property
    def host(self) -> str:
        """Where it is, as the history names it."""
        return "server"

    def look_at(
        self, technique: str, address: str, image: Callable[[libvirt.virDomain], str]
    ) -> Instance:
        """See how its domain is.

        Args:
            technique: what it is called in the list.
            address: its IPv4 address.
            image: tells what a domain of ours was made from.
        """
        domain = read_domain(self.connections.hypervisor(), self.name)
        if domain is None:
            return Instance(name=self.name, technique=technique, state=ABSENT, address=address)
        if mark_of(domain).get("environment") != self.environment.name:
            return Instance(name=self.name, technique=technique, state=NOT_OURS, address=address)
        state = state_of(domain)
        active = bool(domain.isActive())
        return Instance(
            name=self.name,
            technique=technique,
            state=state,
            address=address,
            memory=domain.info()[2] * 1024 if active else None,
            since=self._started(domain) if active else None,
            image=image(domain),
        )

    def _started(self, domain: libvirt.virDomain) -> datetime | None:
        """Read when the toolstack started it; it notes that in Xenstore."""
        path = f"/vm/{domain.UUIDString()}/start_time"
        told = self.connections.server.run("xenstore-read", path)
        return datetime.fromtimestamp(float(told.stdout), UTC) if told.status == 0 else None

    def logs(self, hear: Callable[[str], None], *, follow: bool, tail: int) -> None:
        """Tell what its console kept."""
        following = ["--follow=name", "--retry"] if follow else []
        command = ["tail", f"--lines={tail}", *following, console_log(self.name)]
        self.connections.server.check(
            *command,
            timeout=10**6 if follow else 60,
            hear=lambda line: hear(printable(line)),
            remedy=f"has {self.name} been started on this server? Its console is kept there",
        )

    def stop(self) -> bool:
        """End it; tells whether it ran."""
        if not self.domain().isActive():
            return False
        self.end()
        return True

    def start(self) -> bool:
        """Start it as it is defined; tells whether it was down."""
        if self.domain().isActive():
            return False
        self.begin()
        return True

    def remove(self) -> bool:
        """End it and undefine it. Gives True: it was there."""
        self.stop()
        self.domain().undefine()
        return True

    def domain(self) -> libvirt.virDomain:
        """Look it up.

        Raises:
            EposVirtError: there is none of its name, or it is not ours.
        """
        domain = read_domain(self.connections.hypervisor(), self.name)
        if domain is None or mark_of(domain).get("environment") != self.environment.name:
            raise absent(self.environment, self.name)
        return domain


def state_of(domain: libvirt.virDomain) -> str:
    """Give a domain's state in a word."""
    import libvirt

    words = {
        libvirt.VIR_DOMAIN_RUNNING: "running",
        libvirt.VIR_DOMAIN_BLOCKED: "running",  # waits for work: Xen tells it apart, people do not
        libvirt.VIR_DOMAIN_PAUSED: "paused",
        libvirt.VIR_DOMAIN_SHUTDOWN: "stopping",
        libvirt.VIR_DOMAIN_SHUTOFF: "stopped",
        libvirt.VIR_DOMAIN_CRASHED: "crashed",
    }
    return words.get(domain.state()[0], "unknown")
