"""Removal of what a deployment put into a domU's engine: what carries its mark, nothing else."""

from __future__ import annotations

from functools import partial

import docker
from docker.errors import NotFound

from blocks.connections import Connections
from deployments.model import DomU, Environment
from runs.step import Action, Plan, change, nothing
from tasks.compose_file import folder_of
from tasks.container import remove_superseded
from tasks.engine import ENVIRONMENT_LABEL, asking


def teardown_plan(
    environment: Environment, domu: DomU, connections: Connections, *, data: bool
) -> Plan:
    """Plan the removal of an environment's containers, network and files from a domU.

    Args:
        environment: the environment.
        domu: the domU they are in.
        connections: the open connections.
        data: remove the volumes too, and the secrets their content was written under.
    """
    engine, host = connections.engine(domu.name), domu.name
    mark: dict[str, str | list[str] | bool] = {"label": f"{ENVIRONMENT_LABEL}={environment.name}"}
    with asking(host, "list what carries our mark"):
        listed = engine.containers.list(all=True, filters=mark, ignore_removed=True)
        containers = sorted(str(container.name) for container in listed)
        networks = sorted(str(network.name) for network in engine.networks.list(filters=mark))
        volumes = sorted(volume.name for volume in engine.volumes.list(filters=mark))
    remove = partial(_remove, engine, host)
    actions = [
        Action(f"remove container {name}", partial(remove, "container", name))
        for name in containers
    ]
    actions += [
        Action(f"remove network {name}", partial(remove, "network", name)) for name in networks
    ]
    folder = folder_of(environment)
    machine = connections.domu(domu.name)
    if data:
        actions += [
            Action(f"remove volume {name} and the data in it", partial(remove, "volume", name))
            for name in volumes
        ]
    # Secrets stay with the data they open.
    paths = [folder] if data or not volumes else [f"{folder}/compose.yaml"]
    if machine.ask("test", "-e", paths[0]):
        what = f"remove {paths[0]}"
        actions.append(Action(what, partial(machine.check, "rm", "-rf", "--", *paths)))
    if not actions:
        kept = f"; volumes kept: {', '.join(volumes)}" if volumes and not data else ""
        return nothing(f"{host}: no containers of environment {environment.name}{kept}")
    actions.append(Action("remove its images", partial(_remove_images, engine, host)))
    return change(f"{host}: {len(containers)} containers of {environment.name}", *actions)


def _remove(engine: docker.DockerClient, host: str, kind: str, name: str) -> None:
    with asking(host, f"remove {kind} {name}"):
        try:
            if kind == "container":
                container = engine.containers.get(name)
                container.stop(timeout=30)  # a database wants to end in order
                container.remove(v=True)  # its nameless volumes; those with data have names
            elif kind == "network":
                engine.networks.get(name).remove()
            else:
                engine.volumes.get(name).remove()
        except NotFound:
            pass  # removed in the meantime


def _remove_images(engine: docker.DockerClient, host: str) -> None:
    remove_superseded(engine, set(), host)
