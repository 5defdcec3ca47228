"""An application in a virtual machine of its own as a thing of an environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from blocks.connections import Connections
from deployments.model import Application, Environment
from printable import printable
from tasks import step_names
from tasks.domu.thing import DomuThing
from tasks.instance.instance import Instance
from tasks.measuring.measure import Subject
from tasks.vm.measuring import vm_subject
from tasks.vm.service import UNIT, Service


@dataclass
class VmThing:
    """A service and the domU that is there for it alone: stopped and started as one.

    Args:
        environment: the whole environment.
        connections: the run's connections.
        application: what it runs.
        machine: its domU.
    """

    environment: Environment
    connections: Connections
    application: Application
    machine: DomuThing

    @property
    def name(self) -> str:
        """Its name in the environment."""
        return self.application.name

    @property
    def host(self) -> str:
        """The domU it runs in."""
        return self.machine.name

    @property
    def started_by(self) -> str:
        """Name of the step that starts it."""
        return step_names.service(self.name)

    def look(self) -> Instance:
        """See how its machine is, and its service where that runs."""
        seen = replace(self.machine.look(), name=self.name)
        if seen.state != "running":
            return seen
        told = self.connections.domu(self.host).run("systemctl", "is-active", UNIT)
        active = told.stdout.strip() == "active"
        return seen if active else replace(seen, state=f"service {told.stdout.strip()}")

    def logs(self, hear: Callable[[str], None], *, follow: bool, tail: int) -> None:
        """Tell what its domU's journal kept of what it printed."""
        shown = ("--unit", UNIT, "--output=cat", "--no-pager", f"--lines={tail}")
        self.connections.domu(self.host).check(
            "journalctl",
            *shown,
            *(["--follow"] if follow else []),
            timeout=10**6 if follow else 60,
            hear=lambda line: hear(printable(line)),
        )

    def stop(self) -> bool:
        """Shut its machine down in order; tells whether it ran."""
        return self.machine.stop()

    def start(self) -> bool:
        """Start its machine and wait until the application answers; tells whether it was down."""
        if not self.machine.start():
            return False
        Service(self.environment, self.application, self.connections).wait()
        return True

    def remove(self) -> bool:
        """Shut its machine down and undefine it; its volumes stay. Gives True: it was there."""
        return self.machine.remove()

    def subject(self, run: str) -> Subject:
        """Give what is measured of it."""
        return vm_subject(self.environment, self.connections, self.application)
