"""Containers of a domU as its engine shows them, and what they need of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from errors import EposVirtError
from tasks.container.compose_plan import Container, Wanted
from tasks.container.engine import CONFIG_LABEL, ENVIRONMENT_LABEL, KEY_LABEL, asking
from tasks.temporary import LABEL as TEMPORARY

if TYPE_CHECKING:
    import docker

LOG_LINES = 12


def read_containers(engine: docker.DockerClient, wanted: Wanted, host: str) -> dict[str, Container]:
    """Read the containers that are the environment's, or have a name it wants.

    Temporary ones are not what it runs.
    """
    with asking(host, "list its containers"):
        listed = engine.containers.list(all=True, ignore_removed=True)
    kept = [one.attrs for one in listed if TEMPORARY not in one.labels]
    found = [as_container(attributes, wanted.network) for attributes in kept]
    return {
        c.name: c for c in found if c.environment == wanted.environment or c.name in wanted.configs
    }


def as_container(attributes: dict[str, Any], network: str) -> Container:
    """Read what `docker inspect` says of a container."""
    state = attributes["State"]
    labels = attributes["Config"].get("Labels") or {}
    health = state.get("Health") or {"Status": "none"}
    tests = health.get("Log") or []
    attached = attributes["NetworkSettings"]["Networks"].get(network) or {}
    failed = health["Status"] == "unhealthy" and tests
    return Container(
        name=attributes["Name"].lstrip("/"),
        environment=labels.get(ENVIRONMENT_LABEL, ""),
        config=labels.get(CONFIG_LABEL, ""),
        state=state["Status"],
        health=health["Status"] or "none",
        address=attached.get("IPAddress", ""),
        error=state.get("Error") or (tests[-1].get("Output", "").strip() if failed else ""),
    )


def read_foreign(engine: docker.DockerClient, wanted: Wanted, host: str) -> tuple[str, ...]:
    """List volumes and networks that have the project's names but not its mark."""
    mark = (ENVIRONMENT_LABEL, wanted.environment)
    with asking(host, "list its volumes and networks"):
        things = [
            (f"volume {volume.name}", volume.attrs.get("Labels"))
            for volume in engine.volumes.list()
            if volume.name in wanted.volumes
        ]
        things += [
            (f"network {network.name}", network.attrs.get("Labels"))
            for network in engine.networks.list(names=[wanted.network])
            if network.name == wanted.network  # the filter takes parts of names
        ]
    return tuple(name for name, labels in things if mark not in (labels or {}).items())


def last_lines(engine: docker.DockerClient, container: str, host: str) -> list[str]:
    """Read the last lines a container wrote; none where it is not there."""
    from docker.errors import NotFound

    with asking(host, f"read the log of {container}"):
        try:
            log: bytes = engine.containers.get(container).logs(tail=LOG_LINES)
        except NotFound:
            return []
    return log.decode(errors="replace").splitlines()


def remove_superseded(engine: docker.DockerClient, keep: set[str], host: str) -> list[str]:
    """Remove our images that are neither kept nor used; give their tags."""
    from docker.errors import APIError

    removed = []
    with asking(host, "list its images"):
        images = engine.images.list(filters={"label": KEY_LABEL})
    for tag in sorted({tag for image in images for tag in image.tags} - keep):
        with asking(host, f"remove {tag}"):
            try:
                engine.images.remove(tag)
            except APIError as error:
                if error.status_code not in (404, 409):  # gone already, or in use
                    raise
                continue
        removed.append(tag)
    return removed


def size_bytes(engine: docker.DockerClient, container: str, host: str) -> int:
    """Give the size of a container's image in bytes, all its layers, as `docker images` shows."""
    with asking(host, f"inspect the image of {container}"):
        image = engine.containers.get(container).image
    assert image is not None
    return int(image.attrs["Size"])


def memory_bytes(engine: docker.DockerClient, container: str, host: str) -> int:
    """Give what a running container uses in bytes, as `docker stats` shows it.

    That is the cgroup's usage without file pages that were not used lately
    (docker/cli, cli/command/container/stats_helpers.go, calculateMemUsageUnixNoCache).

    Raises:
        EposVirtError: it is not running, so that there is nothing to measure.
    """
    with asking(host, f"measure {container}"):
        stats = cast(dict[str, Any], engine.containers.get(container).stats(stream=False))
    usage = stats.get("memory_stats", {}).get("usage")
    if not usage:
        raise EposVirtError(
            f"{container} on {host} has no memory to measure",
            seen="docker stats gives no usage: it is not running, or has no memory cgroup",
            remedy=f"on {host}: docker ps --all; deploy, then measure again",
        )
    details = stats["memory_stats"].get("stats", {})
    # cgroup v1 calls it total_inactive_file, v2 inactive_file.
    inactive = details.get("total_inactive_file", details.get("inactive_file", 0))
    return int(usage - inactive if inactive < usage else usage)


def image_of(engine: docker.DockerClient, container: str, host: str) -> str:
    """Give the id of the image that a container was made from."""
    with asking(host, f"inspect {container}"):
        return str(engine.containers.get(container).attrs["Image"])
