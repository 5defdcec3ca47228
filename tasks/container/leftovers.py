"""What of ours is in a domU's engine and shall not: what killed runs left, what is not described.

A container that is not described any more is removed before what takes its place: an application
that became a unikernel would be answered for by both.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from blocks.connections import Connections
from deployments.checks.names import COPIES
from deployments.model import Environment
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names
from tasks.container.compose_file import container_name, containers_of
from tasks.container.engine import ENVIRONMENT_LABEL, asking
from tasks.last_proof import forget_proof
from tasks.temporary import LABEL, removal

if TYPE_CHECKING:
    import docker


def labels(environment: Environment, run: str) -> dict[str, str]:
    """Give the labels of a temporary container or image."""
    return {ENVIRONMENT_LABEL: environment.name, LABEL: run or "by hand"}


def container_leftovers_step(
    environment: Environment,
    domu: str,
    connections: Connections,
    after: Sequence[str],
    group: str = "compose_up",
) -> Step:
    """Remove from a domU's engine what a killed run left there."""

    def plan() -> Plan:
        engine = connections.engine(domu)
        containers, images = temporary_containers(environment, engine, domu)
        return removal(
            [
                *(
                    Action(f"remove container {name}", partial(remove_container, engine, domu, key))
                    for key, name in containers.items()
                ),
                *(
                    Action(f"remove image {name}", partial(remove_image, engine, domu, key))
                    for key, name in images.items()
                ),
            ]
        )

    return Step(step_names.container_leftovers(domu), group, domu, plan, tuple(after))


def temporary_containers(
    environment: Environment, engine: docker.DockerClient, host: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Give the containers and the images that a killed run left, names by ids."""
    [ours] = [f"{name}={value}" for name, value in labels(environment, "").items() if name != LABEL]
    chosen: dict[str, str | list[str] | bool] = {"label": [ours, LABEL]}
    with asking(host, "list what a killed run left"):
        containers = engine.containers.list(all=True, sparse=True, filters=chosen)
        images = engine.images.list(filters=chosen)
    return (
        {str(one.id): str(one.attrs["Names"][0]).lstrip("/") for one in containers},
        {str(one.id): ", ".join(one.tags) or str(one.short_id) for one in images},
    )


def remove_temporary(environment: Environment, engine: docker.DockerClient, host: str) -> None:
    """Remove all temporary containers and images of an engine."""
    containers, images = temporary_containers(environment, engine, host)
    for key in containers:
        remove_container(engine, host, key)
    for key in images:
        remove_image(engine, host, key)


def remove_container(engine: docker.DockerClient, host: str, key: str) -> None:
    """Remove a container, running or not."""
    with asking(host, "remove a container"):
        engine.api.remove_container(key, force=True)


def remove_image(engine: docker.DockerClient, host: str, key: str) -> None:
    """Remove an image with all its names."""
    with asking(host, "remove an image that a killed run left"):
        engine.api.remove_image(key, force=True)


def superseded_containers_step(
    environment: Environment, domu: str, connections: Connections, after: Sequence[str]
) -> Step:
    """Remove a domU's containers with our label that it is not to run; their volumes stay."""

    def remove(key: str) -> None:
        forget_proof(environment)
        remove_container(connections.engine(domu), domu, key)

    def plan() -> Plan:
        found = superseded_containers(environment, domu, connections.engine(domu))
        if not found:
            return nothing("every container is described")
        actions = [Action(f"remove {name}", partial(remove, key)) for key, name in found.items()]
        return change(f"{', '.join(found.values())}: not described any more", *actions)

    return Step(step_names.superseded(domu), "compose_up", domu, plan, tuple(after))


def superseded_containers(
    environment: Environment, domu: str, engine: docker.DockerClient
) -> dict[str, str]:
    """Name them by their ids; what is temporary, and copies, have steps of their own."""
    described = {container_name(app.name) for app in containers_of(environment, domu)}
    ours: dict[str, str | list[str] | bool] = {"label": f"{ENVIRONMENT_LABEL}={environment.name}"}
    with asking(domu, "list its containers"):
        listed = engine.containers.list(all=True, sparse=True, filters=ours)
    found = {
        str(one.id): str(one.attrs["Names"][0]).lstrip("/")
        for one in listed
        if LABEL not in (one.attrs.get("Labels") or {})
    }
    return {
        key: name
        for key, name in found.items()
        if name not in described and not name.startswith(COPIES)
    }
