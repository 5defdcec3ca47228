"""What of an environment runs: domUs, containers and unikernels in one list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as xml

import libvirt

from blocks.connections import Connections
from deployments.model import Application, DomU, Environment
from errors import EposVirtError
from tasks.container.compose_file import container_name
from tasks.container.containers import memory_bytes
from tasks.container.engine import ENVIRONMENT_LABEL, asking
from tasks.guest.description import mark_of, read_domain

ABSENT = "absent"
DOMAIN_STATES = {
    libvirt.VIR_DOMAIN_RUNNING: "running",
    libvirt.VIR_DOMAIN_BLOCKED: "running",  # waits for work: Xen tells it apart, people do not
    libvirt.VIR_DOMAIN_PAUSED: "paused",
    libvirt.VIR_DOMAIN_SHUTDOWN: "stopping",
    libvirt.VIR_DOMAIN_SHUTOFF: "stopped",
    libvirt.VIR_DOMAIN_CRASHED: "crashed",
}


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One thing of an environment, as it is now.

    Args:
        name: as in the environment.
        technique: vm, container or unikernel.
        state: running, stopped, absent, ...; where it cannot be seen, why.
        address: its IPv4 address.
        memory: bytes it has (guests) or uses (containers); None where it does not run.
        since: when it was started; None where it does not run or nobody noted it.
        image: what it was made from.
    """

    name: str
    technique: str
    state: str
    address: str
    memory: int | None = None
    since: datetime | None = None
    image: str = ""


def read_instances(environment: Environment, connections: Connections) -> list[Instance]:
    """Look at everything the environment names, domUs first, in the file's order."""
    found = []
    for domu in environment.domus:
        address = str(domu.address.ip)
        found.append(_guest(environment, connections, domu.name, "vm", address, domu.volume))
        found += _containers(environment, connections, domu, running=found[-1].state == "running")
    for app in environment.unikernels:
        address = str(app.address)
        found.append(_guest(environment, connections, app.name, "unikernel", address, ""))
    return found


def _guest(
    environment: Environment,
    connections: Connections,
    name: str,
    technique: str,
    address: str,
    image: str,
) -> Instance:
    domain = read_domain(connections.hypervisor(), name)
    if domain is None:
        return Instance(name=name, technique=technique, state=ABSENT, address=address)
    if mark_of(domain).get("environment") != environment.name:
        return Instance(name=name, technique=technique, state="not ours", address=address)
    state = DOMAIN_STATES.get(domain.state()[0], "unknown")
    active = bool(domain.isActive())
    return Instance(
        name=name,
        technique=technique,
        state=state,
        address=address,
        memory=domain.info()[2] * 1024 if active else None,
        since=_started(connections, domain) if active else None,
        image=image or _image_of(domain),
    )


def _image_of(domain: libvirt.virDomain) -> str:
    kernel = xml.fromstring(domain.XMLDesc()).findtext("os/kernel") or ""
    return kernel.rpartition("/")[2].removesuffix(".kernel")


def _started(connections: Connections, domain: libvirt.virDomain) -> datetime | None:
    """Read when the toolstack started a guest; it notes that in Xenstore."""
    path = f"/vm/{domain.UUIDString()}/start_time"
    told = connections.server.run("xenstore-read", path)
    return datetime.fromtimestamp(float(told.stdout), UTC) if told.status == 0 else None


def _containers(
    environment: Environment, connections: Connections, domu: DomU, *, running: bool
) -> list[Instance]:
    here = [app for app in environment.containers if app.domu == domu.name]
    if not running:
        return [_container(app, f"{domu.name} is down") for app in here]
    try:
        engine = connections.engine(domu.name)
        with asking(domu.name, "list its containers"):
            listed = engine.containers.list(all=True, ignore_removed=True)
    except EposVirtError:
        return [_container(app, f"{domu.name} does not answer") for app in here]
    known = {
        str(one.name): one.attrs
        for one in listed
        if (one.attrs["Config"].get("Labels") or {}).get(ENVIRONMENT_LABEL) == environment.name
    }
    found = []
    for app in here:
        attributes = known.get(container_name(app.name))
        if attributes is None:
            found.append(_container(app, ABSENT))
            continue
        active = attributes["State"]["Status"] == "running"
        name = container_name(app.name)
        memory = memory_bytes(engine, name, domu.name) if active else None
        found.append(as_instance(app, attributes, memory))
    return found


def _container(app: Application, state: str) -> Instance:
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


def as_json(instances: list[Instance]) -> str:
    """Give the list for scripts; times in UTC, memory in bytes."""
    rows = [
        {**vars(one), "since": f"{one.since:%Y-%m-%dT%H:%M:%SZ}" if one.since else None}
        for one in instances
    ]
    return json.dumps(rows, indent=2) + "\n"
