"""What is the same for all guests of ours as things of an environment, whatever is in them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blocks.connections import Connections
from deployments.model import Environment
from printable import printable
from tasks.guest.console import LOGS
from tasks.guest.description import mark_of, read_domain
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
    def end(self) -> None:
        """End it where it runs."""

    @abstractmethod
    def begin(self) -> None:
        """Start it where it is down, and wait until it answers."""

    @property
    def host(self) -> str:
        """Where it is, as the history names it."""
        return "server"

    def logs(self, hear: Callable[[str], None], *, follow: bool, tail: int) -> None:
        """Tell what its console kept."""
        path = f"{LOGS}/guest-{self.name}.log"
        command = [
            "tail",
            f"--lines={tail}",
            *(["--follow=name", "--retry"] if follow else []),
            path,
        ]
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
