"""What killed runs left behind: guests, containers, images, files and programs that were temporary.

Only what carries our mark of being temporary, and of this environment (tasks/temporary.py). No run
of this machine makes any while this looks: one run at a time may change a server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Environment
from runs.step import Action, Plan, Step, change, nothing
from tasks import step_names
from tasks.container.engine import asking
from tasks.guest.description import mark_in, mark_of, read_domain
from tasks.temporary import ATTRIBUTE, LABEL, argument, folder_of, labels

if TYPE_CHECKING:
    import docker
    import libvirt

# The argument that marks a program comes on standard input: else grep and sh would have it, too.
PROGRAMS = "grep -lsxzF -f - /proc/[0-9]*/cmdline"
LOOK = f'{PROGRAMS}; [ ! -d "$1" ] || find "$1" -mindepth 1 -maxdepth 1'
END = f'{PROGRAMS} | cut -d/ -f3 | xargs -r kill -KILL; rm -rf --one-file-system -- "$1"'


def leftovers_step(
    environment: Environment,
    connections: Connections,
    after: Sequence[str],
    group: str = "prepare_host",
) -> Step:
    """Remove from the server what a killed run left there."""

    def plan() -> Plan:
        guests = temporary_guests(environment, connections.hypervisor())
        actions = [
            Action(f"end guest {name}, {why}", partial(end_guest, environment, connections, name))
            for name, why in guests.items()
        ]
        if found := temporary_files(environment, connections.server):
            what = f"end or remove {', '.join(found)}"
            actions.append(Action(what, partial(remove_files, environment, connections.server)))
        return _planned(actions)

    return Step(step_names.LEFTOVERS, group, "server", plan, tuple(after))


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
        return _planned(
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


def _planned(actions: Sequence[Action]) -> Plan:
    if not actions:
        return nothing("no killed run left anything")
    return change("a killed run left things that were temporary", *actions)


def temporary_guests(environment: Environment, hypervisor: libvirt.virConnect) -> dict[str, str]:
    """Name the guests that a killed run left, and say what each is."""
    found = {}
    for domain in hypervisor.listAllDomains():
        mark = mark_of(domain)
        if _is_temporary(environment, mark):
            kept = domain.isPersistent() and not _only_temporary(domain)
            what = "which runs as it was measured" if kept else "which was temporary"
            found[domain.name()] = f"{what} (run {mark[ATTRIBUTE]})"
    return found


def _only_temporary(domain: libvirt.virDomain) -> bool:
    """Tell whether also the definition is temporary, not only what runs now."""
    import libvirt  # where it is used: it takes long to import

    return ATTRIBUTE in mark_in(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))


def end_guest(environment: Environment, connections: Connections, name: str) -> None:
    """End a temporary guest of ours, if it is there; a definition that is not temporary stays."""
    hypervisor = connections.hypervisor()
    domain = read_domain(hypervisor, name)
    if domain is None or not _is_temporary(environment, mark_of(domain)):
        return
    if domain.isActive():
        domain.destroy()
    else:
        _destroy_without_libvirt(connections.server, domain)
    domain = read_domain(hypervisor, name)  # one that had no definition is gone
    if domain and _only_temporary(domain):
        domain.undefine()


def _is_temporary(environment: Environment, mark: Mapping[str, str]) -> bool:
    return mark.get("environment") == environment.name and ATTRIBUTE in mark


def _destroy_without_libvirt(server: Connection, domain: libvirt.virDomain) -> None:
    """End a guest that xl made, as bench/instances.py does: libvirt does not know that it runs."""
    # 4c6e1ea8-9e5c-4c6f-8a1d-0d7a3a1f9f5e     5    indexGD-1
    for line in server.check("xl", "vm-list").splitlines():
        if line.split()[:1] == [domain.UUIDString()]:
            server.check("xl", "destroy", line.split()[1])


def temporary_files(environment: Environment, server: Connection) -> list[str]:
    """Name programs that still run on the server, and files, of a killed run."""
    command = ["sh", "-c", LOOK, "sh", folder_of(environment)]
    listed = server.check(*command, stdin=argument(environment)).splitlines()
    return [line.removesuffix("/cmdline").replace("/proc/", "process ") for line in listed]


def remove_files(environment: Environment, server: Connection) -> None:
    """End the programs and remove the files of killed runs."""
    server.check("sh", "-c", END, "sh", folder_of(environment), stdin=argument(environment))


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
    with asking(host, "remove a container that a killed run left"):
        engine.api.remove_container(key, force=True)


def remove_image(engine: docker.DockerClient, host: str, key: str) -> None:
    """Remove an image with all its names."""
    with asking(host, "remove an image that a killed run left"):
        engine.api.remove_image(key, force=True)
