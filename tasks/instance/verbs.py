"""Logs, stop, start and remove for domUs, containers and unikernels alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blocks.connections import Connections
from deployments.model import Application, DomU, Environment
from errors import EposVirtError, WrongInput
from printable import printable
from runs.patience import stretched
from runs.telling import tell
from runs.wait import wait_until
from spelling import did_you_mean
from tasks.container.compose_file import container_name
from tasks.container.engine import ENVIRONMENT_LABEL, asking
from tasks.domu.domu import start_domu
from tasks.guest.console import LOGS
from tasks.guest.description import mark_of, read_domain
from tasks.guest.work import guest_work
from tasks.measuring.measure import stop_guest
from tasks.unikernel.start import stop_now
from tasks.unikernel.unikernel import Guest

if TYPE_CHECKING:
    import libvirt
    from docker.models.containers import Container

STOP_WITHIN = 60  # seconds a container is given to end in order
HEALTHY_WITHIN = 240.0  # seconds its domU may be at rest while it is not healthy


def find(environment: Environment, name: str) -> DomU | Application:
    """Find a domU or application by its name, upper and lower case alike.

    Raises:
        WrongInput: there is none; proposes the nearest.
    """
    things: dict[str, DomU | Application] = {
        **{domu.name.lower(): domu for domu in environment.domus},
        **{app.name.lower(): app for app in environment.applications},
    }
    if found := things.get(name.lower()):
        return found
    known = [thing.name for thing in things.values()]
    raise WrongInput(
        f"{environment.path}: nothing is called {name!r}", remedy=did_you_mean(name, known)
    )


@dataclass(frozen=True)
class Verbs:
    """What can be done to one thing of an environment."""

    environment: Environment
    connections: Connections
    thing: DomU | Application
    kept: Path

    @property
    def name(self) -> str:
        """Its name in the environment."""
        return self.thing.name

    @property
    def in_engine(self) -> bool:
        """Whether it is a container."""
        return isinstance(self.thing, Application) and self.thing.technique == "container"

    def logs(self, hear: Callable[[str], None], *, follow: bool, tail: int) -> None:
        """Tell what it printed, line by line; with `follow` until the operator ends it."""
        if self.in_engine:
            return self._container_logs(hear, follow=follow, tail=tail)
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
        return None

    def _container_logs(self, hear: Callable[[str], None], *, follow: bool, tail: int) -> None:
        container = self._container()
        with asking(self._host, f"read the log of {self.name}"):
            if not follow:
                for line in container.logs(tail=tail).decode(errors="replace").splitlines():
                    hear(line)
                return
            rest = ""
            for block in container.logs(tail=tail, stream=True, follow=True):
                *lines, rest = (rest + block.decode(errors="replace")).split("\n")
                for line in lines:
                    hear(line)

    def stop(self) -> bool:
        """Stop it in order; tells whether it ran."""
        if self.in_engine:
            container = self._container()
            if container.status not in ("running", "restarting", "paused"):
                return False
            with asking(self._host, f"stop {self.name}"):
                container.stop(timeout=round(stretched(STOP_WITHIN)))
            return True
        if not self._domain().isActive():
            return False
        if isinstance(self.thing, DomU):
            self.connections.forget_domu(self.name)
            stop_guest(self.connections.hypervisor(), self.name)
        else:
            stop_now(self.connections, self.name)
        return True

    def start(self) -> bool:
        """Start it and wait until it answers; tells whether it was down."""
        if self.in_engine:
            container = self._container()
            if container.status == "running":
                return False
            with asking(self._host, f"start {self.name}"):
                container.start()
                self._wait_healthy(container)
            return True
        if self._domain().isActive():
            return False
        if isinstance(self.thing, DomU):
            start_domu(self.connections, self.thing, self.kept)
        else:
            guest = Guest(self.environment, self.thing, self.connections, self.kept, lambda: None)
            guest.check_fit(self._domain().XMLDesc())
            guest.start()
        return True

    def _wait_healthy(self, container: Container) -> None:
        tell("waiting until it is healthy")

        def healthy() -> bool:
            container.reload()
            return container.health in ("healthy", "unknown")  # unknown: it has no test

        wait_until(
            healthy,
            what=f"health of {self.name}",
            within=HEALTHY_WITHIN,
            every=1,
            remedy=f"python -m flows.logs {self.name} shows what it printed",
            progress=guest_work(self.connections, self._host),
        )

    def remove(self) -> bool:
        """Stop it and forget its definition; volumes and images stay. Gives True: it was there."""
        self.stop()
        if self.in_engine:
            with asking(self._host, f"remove {self.name}"):
                self._container().remove()
        else:
            self._domain().undefine()
        return True

    @property
    def host(self) -> str:
        """Where it is, as the history names it."""
        return self._host if self.in_engine else "server"

    @property
    def _host(self) -> str:
        assert isinstance(self.thing, Application)
        return str(self.thing.domu)

    def _container(self) -> Container:
        from docker.errors import NotFound

        engine = self.connections.engine(self._host)
        with asking(self._host, f"look at {self.name}"):
            try:
                found: Container = engine.containers.get(container_name(self.name))
            except NotFound:
                raise self._absent() from None
        if found.labels.get(ENVIRONMENT_LABEL) != self.environment.name:
            raise self._absent()
        return found

    def _domain(self) -> libvirt.virDomain:
        domain = read_domain(self.connections.hypervisor(), self.name)
        if domain is None or mark_of(domain).get("environment") != self.environment.name:
            raise self._absent()
        return domain

    def _absent(self) -> EposVirtError:
        return EposVirtError(
            f"{self.name} is not there",
            seen=f"nothing of that name carries the mark of environment {self.environment.name}",
            remedy=f"python -m flows.deploy_all {self.environment.path} makes it",
        )
