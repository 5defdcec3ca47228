"""Measuring a container: the image's size, memory, starts of fresh ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from blocks.connections import Connections
from deployments.model import Application, Environment
from tasks.container.compose_file import container_name
from tasks.container.containers import image_of, memory_bytes, size_bytes
from tasks.instance.proving_question import question_of
from tasks.measuring.inside import inside_machine
from tasks.measuring.load import load_figures
from tasks.measuring.measure import Figure, Subject, brought_back, idle, starts
from tasks.measuring.method import Method
from tasks.measuring.timed_start import Question, timed_start

if TYPE_CHECKING:
    from docker.models.containers import Container


def container_subject(
    environment: Environment, connections: Connections, application: Application
) -> Subject:
    """Measure a container."""
    name, domu = application.name, str(application.domu)

    def measure(method: Method) -> Iterable[Figure]:
        question = question_of(environment, application)
        return measure_container(application, connections, question, method)

    def key() -> str:
        return image_of(connections.engine(domu), container_name(name), domu)

    return Subject(name, "container", key, measure)


def measure_container(
    application: Application, connections: Connections, question: Question, method: Method
) -> list[Figure]:
    """Measure a container: the image's size, `docker stats`' memory, starts of fresh ones."""
    name, host = container_name(application.name), str(application.domu)
    engine = connections.engine(host)
    container: Container = engine.containers.get(name)
    with brought_back(lambda: bring_back(connections.engine(host), container)):
        figures = starts(
            method,
            lambda: remove(engine, container),
            lambda: timed_start(connections.server, question, lambda: recreate(engine, container)),
        )
        idle()
    pid = engine.containers.get(name).attrs["State"]["Pid"]
    size, memory = size_bytes(engine, name, host), memory_bytes(engine, name, host)
    return [
        Figure("size", "bytes", [size], "the engine's size of the image, base included"),
        Figure("memory", "bytes", [memory], "docker stats: usage less inactive files"),
        *figures,
        *load_figures(connections.server, question),
        *inside_machine(connections.domu(host), f"/proc/{pid}/root/"),
    ]


def remove(engine: Any, container: Container) -> None:
    """Stop and remove a container; its volumes stay."""
    found = engine.containers.get(container.name)
    found.stop(timeout=60)
    found.remove()


def bring_back(engine: Any, container: Container) -> None:
    """Have a container that was being measured run again; its health is not waited for."""
    found = engine.containers.list(all=True, filters={"name": f"^/{container.name}$"})
    if not found:
        recreate(engine, container)
    elif found[0].status != "running":
        found[0].start()


def recreate(engine: Any, container: Container) -> None:
    """Create and start a container as the given one was, labels of compose included."""
    attrs = container.attrs
    endpoints = {
        name: {"IPAMConfig": settings["IPAMConfig"], "Aliases": settings.get("Aliases")}
        | ({"MacAddress": settings["MacAddress"]} if settings.get("MacAddress") else {})
        for name, settings in attrs["NetworkSettings"]["Networks"].items()
    }
    config = {
        **attrs["Config"],
        "HostConfig": attrs["HostConfig"],
        "NetworkingConfig": {"EndpointsConfig": endpoints},
    }
    made = engine.api.create_container_from_config(config, container.name)
    engine.api.start(made["Id"])
