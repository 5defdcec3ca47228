"""The compose project of a domU: secrets, file, `docker compose up`, all healthy."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

from blocks.connections import Connections
from deployments.app_yaml import Described, read_described
from deployments.model import DomU, Environment
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from runs.telling import tell
from runs.wait import StillWaiting, wait_until
from tasks import certificate, step_names
from tasks.application import source_folder
from tasks.container.compose_file import (
    as_text,
    compose_file,
    container_name,
    containers_of,
    folder_of,
    project_name,
    secrets_of,
)
from tasks.container.compose_plan import (
    FILE_DIFFERS,
    Container,
    Difference,
    FoundContainers,
    Wanted,
    compare,
)
from tasks.container.containers import last_lines, read_containers, read_foreign, remove_superseded
from tasks.container.engine import CONFIG_LABEL, asking
from tasks.container.image import image_key, image_name
from tasks.guest.disks import disks_of
from tasks.guest.work import guest_work
from tasks.instance.answer import answers
from tasks.instance.proving_question import question_of
from tasks.last_proof import forget_proof
from tasks.secret import (
    digest,
    ensure_secrets,
    far_digests,
    local_secrets,
    write_secrets,
    wrong_there,
)
from tasks.server.volume import read_volumes

Saves = Mapping[str, Callable[[], None]]

HEALTHY_WITHIN = 240.0  # seconds the domU may be at rest while one is not healthy
SETTLED_WITHIN = 120.0  # seconds a look waits for containers that start by themselves, at rest
SILENCE = 600.0  # seconds `docker compose up` may say nothing: it waits for dependencies


def compose_step(
    environment: Environment,
    domu: DomU,
    connections: Connections,
    after: Sequence[str] = (),
    saves: Saves = MappingProxyType({}),
) -> Step:
    """Bring the containers of a domU up as the environment describes them, all healthy.

    An unchanged project is only looked at. Containers that are starting by themselves, as
    after a reboot, are waited for and count as unchanged.

    Args:
        environment: where the domU is described.
        domu: whose containers.
        connections: the run's connections.
        after: steps to wait for.
        saves: what is done before a container that runs is made anew, by its application.
    """
    project = Project(environment, domu, connections)

    def plan() -> Plan:
        difference = compare(project.look_settled(), project.wanted())
        if not (actions := _actions(project, difference)):
            return nothing(difference.reason)
        anew = [name for name in saves if container_name(name) in difference.anew]
        saving = [Action(f"save what {name} holds", saves[name]) for name in anew]
        return change(difference.reason, *saving, *actions)

    return Step(step_names.compose(domu.name), "compose_up", domu.name, plan, tuple(after))


def as_described_step(
    environment: Environment, domu: DomU, connections: Connections, name: str, group: str
) -> Step:
    """See that a domU's containers are those the environment describes: nothing here makes them.

    Leftovers, and what only starts, are let be.
    """
    project = Project(environment, domu, connections)

    def plan() -> Plan:
        up = compare(project.look(), project.wanted()).up
        if differs := [why for why in up if why != FILE_DIFFERS]:
            raise EposVirtError(
                f"{domu.name} does not run what {environment.path} describes",
                seen="; ".join(differs),
                remedy=f"deploy it first: python -m flows.deploy_all {environment.path}",
            )
        return nothing("as described")

    return Step(name, group, domu.name, plan)


def _actions(project: Project, difference: Difference) -> list[Action]:
    folder = project.folder
    actions = []
    if secrets := difference.secrets:
        what = f"put {', '.join(secrets)} into {folder}/secrets"
        actions.append(Action(what, partial(project.put_secrets, secrets)))
    if difference.file:
        actions.append(Action(f"write {folder}/compose.yaml", project.write_file))
    actions += [Action(f"remove {n}", partial(project.remove, n)) for n in difference.remove]
    actions += [Action(f"restart {n}", partial(project.restart, n)) for n in difference.restart]
    if difference.up:
        actions.append(Action(f"docker compose up: {'; '.join(difference.up)}", project.up))
    if actions or difference.wait:
        actions.append(Action("wait until all are healthy", project.wait_healthy))
    return actions


class Project:
    """The compose project of one domU; what touches the wire is a method that says so."""

    def __init__(self, environment: Environment, domu: DomU, connections: Connections) -> None:
        """Keep what it is made of; nothing is opened."""
        self.environment = environment
        self.domu = domu
        self.connections = connections

    @property
    def folder(self) -> str:
        """The folder in the domU that holds file and secrets."""
        return folder_of(self.environment)

    def apps(self) -> dict[str, Described]:
        """Read what app.yaml says about each application."""
        return {
            app.name: read_described(source_folder(self.environment, app))
            for app in containers_of(self.environment, self.domu.name)
        }

    def images(self) -> dict[str, str]:
        """Name each application's image with its content key."""
        images = {}
        for app in containers_of(self.environment, self.domu.name):
            folder = source_folder(self.environment, app)
            images[app.name] = f"{image_name(folder)}:{image_key(folder)}"
        return images

    def secret_names(self) -> tuple[str, ...]:
        """Give the names of the secrets the containers read."""
        return secrets_of(self.environment, self.domu.name, self.apps())

    def wanted(self) -> Wanted:
        """Describe what shall run; the domU is asked about secrets that this machine lost."""
        content = compose_file(
            self.environment,
            self.domu,
            self.apps(),
            self.images(),
            self._seals(),
            self._contents(),
        )
        services = content["services"].values()
        [network] = content["networks"]
        return Wanted(
            environment=self.environment.name,
            project=project_name(self.environment),
            file=as_text(content),
            configs={s["container_name"]: s["labels"][CONFIG_LABEL] for s in services},
            addresses={
                s["container_name"]: s["networks"][network]["ipv4_address"] for s in services
            },
            volumes=tuple(volume["name"] for volume in content["volumes"].values()),
            network=network,
        )

    def _contents(self) -> dict[str, str]:
        """Read what we wrote to the logical volumes that containers have here."""
        if not (disks := disks_of(self.environment, self.domu.name)):
            return {}
        there = read_volumes(self.connections.server, self.environment.storage.group)
        keys = {name: there[name].noted("content") for name in disks if name in there}
        return {name: key for name, key in keys.items() if key}

    def _seals(self) -> dict[str, str]:
        """Hash each secret, as it is here, else in the domU, else as one not made yet."""
        names = self.secret_names()
        known = local_secrets(self.environment.name, names)
        found = {name: digest(secret) for name, secret in known.items()}
        if lost := [name for name in names if name not in found]:
            domu = self.connections.domu(self.domu.name)
            found |= far_digests(domu, f"{self.folder}/secrets", lost)
        return {name: found.get(name, "not made yet")[:16] for name in names}

    def look(self) -> FoundContainers:
        """Read file, secrets and containers in the domU."""
        wanted = self.wanted()
        names = self.secret_names()
        domu = self.connections.domu(self.domu.name)
        known = local_secrets(self.environment.name, names)
        far = far_digests(domu, f"{self.folder}/secrets", names)
        return FoundContainers(
            file=domu.read(f"{self.folder}/compose.yaml"),
            containers=self._read_containers(wanted),
            foreign=read_foreign(self.connections.engine(self.domu.name), wanted, self.domu.name),
            wrong_secrets=tuple(wrong_there(known, names, far)),
        )

    def _read_containers(self, wanted: Wanted) -> dict[str, Container]:
        return read_containers(self.connections.engine(self.domu.name), wanted, self.domu.name)

    def _own(self, wanted: Wanted) -> dict[str, Container]:
        """Read the project's own services: only they are waited for."""
        found = self._read_containers(wanted)
        return {name: found[name] for name in wanted.configs if name in found}

    def look_settled(self) -> FoundContainers:
        """Look; where all that is left is to wait for containers that start, wait first."""
        found, wanted = self.look(), self.wanted()
        difference = compare(found, wanted)
        busy = difference.up or difference.restart or difference.file or difference.secrets
        if busy or difference.remove or not difference.wait:
            return found
        with contextlib.suppress(StillWaiting):  # the plan then tells who is still starting
            wait_until(
                lambda: not any(c.starting for c in self._own(wanted).values()),
                what=f"starting of {', '.join(difference.wait)}",
                within=SETTLED_WITHIN,
                every=2,
                remedy="",
                progress=guest_work(self.connections, self.domu.name),
            )
        return self.look()

    def put_secrets(self, names: Sequence[str]) -> None:
        """Make the secrets that are missing and put them into the domU."""
        domu = self.connections.domu(self.domu.name)
        folder = f"{self.folder}/secrets"
        if certificate.CERTIFICATE in self.secret_names():
            certificate.certificate_of(self.environment)
        known = ensure_secrets(self.environment.name, self.secret_names(), domu, folder)
        write_secrets(domu, folder, known, names)

    def write_file(self) -> None:
        """Write the compose file, as it is now that all secrets are known."""
        domu = self.connections.domu(self.domu.name)
        domu.write(f"{self.folder}/compose.yaml", self.wanted().file)

    def remove(self, container: str) -> None:
        """Remove a container of ours that is not in the environment; its volumes stay.

        Compose does that only with those it made.
        """
        forget_proof(self.environment)
        engine = self.connections.engine(self.domu.name)
        with asking(self.domu.name, f"remove {container}"):
            engine.containers.get(container).remove(force=True)

    def restart(self, container: str) -> None:
        """Restart a container that runs but is not healthy."""
        engine = self.connections.engine(self.domu.name)
        with asking(self.domu.name, f"restart {container}"):
            engine.containers.get(container).restart()

    def up(self) -> None:
        """Run `docker compose up`; then remove images that newer ones have replaced.

        Raises:
            EposVirtError: with the last lines of the containers that are not up.
        """
        forget_proof(self.environment)
        domu = self.connections.domu(self.domu.name)
        compose = ["docker", "compose", "--file", f"{self.folder}/compose.yaml"]
        compose += ["--project-name", project_name(self.environment)]
        compose += ["up", "--detach", "--remove-orphans", "--no-build"]
        # Compose tells its progress on standard error; only standard output is heard live.
        both = ["sh", "-c", 'exec "$@" 2>&1', "sh"]
        result = domu.run(*both, *compose, timeout=SILENCE, hear=lambda line: tell(line.strip()))
        if result.status:
            down = [c for c in self._own(self.wanted()).values() if not c.up]
            raise EposVirtError(
                f"{self.domu.name}: `docker compose up` ended with status {result.status}",
                seen="\n".join([*result.stdout.strip().splitlines()[-8:], *self._logs(down)]),
                remedy=f"on {self.domu.name}: docker logs NAME tells more",
            )
        engine = self.connections.engine(self.domu.name)
        for tag in remove_superseded(engine, set(self.images().values()), self.domu.name):
            tell(f"removed {tag}: replaced")

    def wait_healthy(self) -> None:
        """Wait until every container is healthy or answers its question, telling each change.

        Raises:
            EposVirtError: one ended or is unhealthy, or the time is over; with its last lines.
        """
        wanted = self.wanted()
        asked = {
            container_name(app.name): question_of(self.environment, app)
            for app in containers_of(self.environment, self.domu.name)
        }
        server, answered = self.connections.server, set[str]()
        told = ""

        def all_up() -> bool:
            nonlocal told
            containers = self._own(wanted)
            waiting = [c for c in containers.values() if not c.up]
            for container in [c for c in waiting if c.state == "running" and c.starting]:
                if container.name in answered or answers(server, asked[container.name]):
                    answered.add(container.name)
                    waiting.remove(container)
            if (states := ", ".join(map(str, waiting))) != told:
                told = states
                tell(states or "all healthy")
            if failed := [c for c in waiting if not c.starting]:
                raise self._not_healthy(failed)
            return not waiting and len(containers) == len(wanted.configs)

        try:
            wait_until(
                all_up,
                what=f"healthy containers in {self.domu.name}",
                within=HEALTHY_WITHIN,
                every=1,
                remedy="",
                progress=guest_work(self.connections, self.domu.name),
            )
        except StillWaiting as late:
            waiting = [c for c in self._own(wanted).values() if not c.up]
            raise self._not_healthy(waiting) from late

    def _not_healthy(self, containers: Sequence[Container]) -> EposVirtError:
        return EposVirtError(
            f"{self.domu.name}: {', '.join(map(str, containers)) or 'a container is missing'}",
            seen="\n".join(self._logs(containers)),
            remedy=f"on {self.domu.name}: docker logs {containers[0].name if containers else ''}; "
            "mend the application, then run again",
        )

    def _logs(self, containers: Sequence[Container]) -> list[str]:
        engine = self.connections.engine(self.domu.name)
        lines = []
        for container in containers:
            if container.error:
                lines.append(f"{container.name}: {container.error}")
            for line in last_lines(engine, container.name, self.domu.name):
                lines.append(f"{container.name}: {line}")
        return lines
