"""Which technique a thing is of: the one place that asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from blocks.connections import Connections
from deployments.model import Application, DomU, Environment
from tasks.container.thing import ContainerThing
from tasks.domu.thing import DomuThing
from tasks.instance.thing import Thing
from tasks.unikernel.thing import UnikernelThing


@dataclass(frozen=True)
class Techniques:
    """The things of one environment.

    Args:
        environment: the whole environment.
        connections: the run's connections.
        kept: folder of the run, where the console of a guest that does not answer is kept.
    """

    environment: Environment
    connections: Connections
    kept: Path

    def of(self, named: DomU | Application) -> Thing:
        """Give what the environment names, as its technique knows it."""
        if isinstance(named, DomU):
            return DomuThing(self.environment, self.connections, self.kept, named)
        if named.technique == "container":
            return ContainerThing(self.environment, self.connections, named)
        return UnikernelThing(self.environment, self.connections, self.kept, named)
