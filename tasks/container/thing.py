"""A container as a thing of an environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from blocks.connections import Connections
from deployments.model import Application, Environment
from printable import printable
from runs.patience import stretched
from runs.telling import tell
from runs.wait import wait_until
from tasks import step_names
from tasks.container.compose_file import container_name
from tasks.container.containers import memory_bytes
from tasks.container.engine import ENVIRONMENT_LABEL, asking
from tasks.container.listing import Listing
from tasks.container.measuring import container_subject
from tasks.guest.work import guest_work
from tasks.instance.instance import ABSENT, Instance
from tasks.instance.thing import absent
from tasks.measuring.measure import Subject

if TYPE_CHECKING:
    from docker.models.containers import Container

STOP_WITHIN = 60  # seconds a container is given to end in order
HEALTHY_WITHIN = 240.0  # seconds its domU may be at rest while it is not healthy


@dataclass
class ContainerThing:
    """A container in its domU's engine.

    Args:
        environment: the whole environment.
        connections: the run's connections.
        application: what it runs.
        listing: what its engine lists; one for all containers of its domU.
    """

    environment: Environment
    connections: Connections
    application: Application
    listing: Listing

    @property
    def name(self) -> str:
        """Its name in the environment."""
        return self.application.name

    @property
    def host(self) -> str:
        """The domU whose engine has it."""
        return str(self.application.domu)

    @property
    def started_by(self) -> str:
        """Name of the step that starts it, with all other containers of its domU."""
        return step_names.compose(self.host)

    def look(self) -> Instance:
        """See how it is, by the one listing of its engine."""
        listed = self.listing.containers
        if isinstance(listed, str):
            return unseen(self.application, listed)
        name = container_name(self.name)
        attributes = listed.get(name)
        if attributes is None:
            return unseen(self.application, ABSENT)
        memory = None
        if attributes["State"]["Status"] == "running":
            memory = memory_bytes(self.connections.engine(self.host), name, self.host)
        return as_instance(self.application, attributes, memory)

    def logs(self, hear: Callable[[str], None], *, follow: bool, tail: int) -> None:
        """Tell what its engine kept of what it printed."""
        container = self._container()
        with asking(self.host, f"read the log of {self.name}"):
            if not follow:
                for line in container.logs(tail=tail).decode(errors="replace").splitlines():
                    hear(printable(line))
                return
            rest = ""
            for block in container.logs(tail=tail, stream=True, follow=True):
                *lines, rest = (rest + block.decode(errors="replace")).split("\n")
                for line in lines:
                    hear(printable(line))

    def stop(self) -> bool:
        """Stop it in order; tells whether it ran."""
        container = self._container()
        if container.status not in ("running", "restarting", "paused"):
            return False
        with asking(self.host, f"stop {self.name}"):
            container.stop(timeout=round(stretched(STOP_WITHIN)))
        return True

    def start(self) -> bool:
        """Start it and wait until it is healthy; tells whether it was down."""
        container = self._container()
        if container.status == "running":
            return False
        with asking(self.host, f"start {self.name}"):
            container.start()
            self._wait_healthy(container)
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
            progress=guest_work(self.connections, self.host),
        )

    def remove(self) -> bool:
        """Stop and remove it. Gives True: it was there."""
        self.stop()
        with asking(self.host, f"remove {self.name}"):
            self._container().remove()
        return True

    def subject(self, run: str) -> Subject:
        """Give what is measured of it."""
        return container_subject(self.environment, self.connections, self.application)

    def _container(self) -> Container:
        from docker.errors import NotFound

        engine = self.connections.engine(self.host)
        with asking(self.host, f"look at {self.name}"):
            try:
                found: Container = engine.containers.get(container_name(self.name))
            except NotFound:
                raise absent(self.environment, self.name) from None
        if found.labels.get(ENVIRONMENT_LABEL) != self.environment.name:
            raise absent(self.environment, self.name)
        return found


def unseen(app: Application, state: str) -> Instance:
    """Give an application whose container is not there, or cannot be seen; `state` says which."""
    return Instance(name=app.name, technique="container", state=state, address=str(app.address))


def as_instance(app: Application, attributes: dict[str, Any], memory: int | None) -> Instance:
    """Read what `docker inspect` says of an application's container."""
    state = attributes["State"]
    health = (state.get("Health") or {}).get("Status", "")
    healthy = state["Status"] if health in ("", "healthy", "none") else health
    running = state["Status"] == "running"
    return Instance(
        name=app.name,
        technique="container",
        state=healthy if running else "stopped" if state["Status"] == "exited" else state["Status"],
        address=str(app.address),
        memory=memory,
        since=datetime.fromisoformat(state["StartedAt"]) if running else None,
        image=attributes["Config"]["Image"],
    )
