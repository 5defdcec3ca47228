"""Which technique a thing is of: the one place that asks."""

from __future__ import annotations

from pathlib import Path

from blocks.connections import Connections
from deployments.model import Application, DomU, Environment
from tasks.container.listing import Listing
from tasks.container.thing import ContainerThing
from tasks.domu.thing import DomuThing
from tasks.instance.thing import Thing
from tasks.unikernel.hosted_instance import Hosted, hosting
from tasks.unikernel.hosted_thing import HostedThing
from tasks.unikernel.thing import UnikernelThing
from tasks.vm.thing import VmThing


class Techniques:
    """The things of one environment; what one look tells of several is asked for once."""

    def __init__(self, environment: Environment, connections: Connections, kept: Path) -> None:
        """Connect to nothing yet.

        Args:
            environment: the whole environment.
            connections: the run's connections.
            kept: folder of the run, where the console of a guest that does not answer is kept.
        """
        self.environment = environment
        self._connections = connections
        self._kept = kept
        self._domus = {
            domu.name: DomuThing(environment, connections, kept, domu) for domu in environment.domus
        }
        self._listings = {
            name: Listing(environment, connections, name, domu.runs)
            for name, domu in self._domus.items()
        }

    def of(self, named: DomU | Application) -> Thing:
        """Give what the environment names, as its technique knows it."""
        if isinstance(named, DomU):
            return self._domus[named.name]
        environment, connections = self.environment, self._connections
        if named.technique == "container":
            return ContainerThing(environment, connections, named, self._listings[str(named.domu)])
        if named.technique == "vm":
            return VmThing(environment, connections, named, self._domus[str(named.domu)])
        return self.unikernel(named)

    def unikernel(self, application: Application) -> UnikernelThing | HostedThing:
        """Give a unikernel: in a guest of ours, or hosted by its toolchain's daemon."""
        environment, connections = self.environment, self._connections
        if chain := hosting(application):
            return HostedThing(Hosted(environment, application, chain, connections))
        return UnikernelThing(environment, connections, self._kept, application)

    def hosted(self) -> list[Hosted]:
        """Give the unikernels that toolchains' daemons host."""
        things = map(self.unikernel, self.environment.unikernels)
        return [thing.hosted for thing in things if isinstance(thing, HostedThing)]
