"""What differs between the containers a domU runs and those it shall run; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from errors import EposVirtError
from tasks.container.engine import ENVIRONMENT_LABEL


@dataclass(frozen=True)
class Container:
    """A container as the engine shows it."""

    name: str
    environment: str  # whose it is; empty: not ours
    config: str = ""  # hash of the description it was made from
    state: str = "running"
    health: str = "healthy"  # none where its image has no test
    address: str = ""
    error: str = ""  # why it is not up, as the engine or its health test says

    @property
    def up(self) -> bool:
        """Whether it runs and answers."""
        return self.state == "running" and self.health in ("healthy", "none")

    @property
    def starting(self) -> bool:
        """Whether it may soon be up by itself."""
        return self.state in ("created", "restarting") or (
            self.state == "running" and self.health == "starting"
        )

    def __str__(self) -> str:
        """Say how it is: `fwss running (starting)`."""
        return f"{self.name} {self.state}" + (f" ({self.health})" if self.health != "none" else "")


@dataclass(frozen=True)
class Wanted:
    """What a domU shall run."""

    environment: str
    project: str
    file: str
    configs: Mapping[str, str]  # by container name
    addresses: Mapping[str, str]
    volumes: tuple[str, ...] = ()
    network: str = "epos-network"


@dataclass(frozen=True)
class FoundContainers:
    """What is there."""

    file: str | None = None
    containers: Mapping[str, Container] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()  # volumes and networks of our names without our mark
    wrong_secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """What has to be done; all empty: nothing."""

    reason: str
    secrets: tuple[str, ...] = ()
    file: bool = False
    restart: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()  # containers of ours that are not in the environment
    up: tuple[str, ...] = ()  # containers to make or start, and why
    anew: tuple[str, ...] = ()  # containers that run, and are to be made anew
    wait: tuple[str, ...] = ()


def compare(found: FoundContainers, wanted: Wanted) -> Difference:
    """Decide what to do about a compose project; pure.

    Raises:
        EposVirtError: something of our names is not ours.
    """
    refuse_foreign(found, wanted)
    project = f"compose project {wanted.project}"
    up = [reason for name in wanted.configs if (reason := _why_up(name, found, wanted))]
    remove = tuple(sorted(set(found.containers) - set(wanted.configs)))
    runs = {name for name, one in found.containers.items() if one.state == "running"}
    anew = tuple(name for name in wanted.configs if name in runs and _why_up(name, found, wanted))
    # A container that is to be made anew needs no restart.
    there = [c for name, c in found.containers.items() if not _why_up(name, found, wanted)]
    ours = [c for c in there if c.name in wanted.configs]
    restart = tuple(sorted(c.name for c in ours if not c.up and not c.starting))
    wait = tuple(sorted(c.name for c in ours if c.starting))
    file = found.file != wanted.file
    if file and not up:
        up = ["its file differs"]  # in what no container is made from: the network, volumes
    if not (remove or up or restart or wait or found.wrong_secrets):
        count = len(wanted.configs)
        return Difference(f"{project}: {count} services healthy, unchanged")
    why = [*(f"remove {name}: not in the environment" for name in remove), *up]
    why = why or [f"restart {name}: {found.containers[name]}" for name in restart]
    why = why or [f"{name} is still starting" for name in wait]
    why = why or ["its secrets differ"]
    return Difference(
        f"{project}: {'; '.join(why)}",
        secrets=found.wrong_secrets,
        file=file,
        restart=restart,
        remove=remove,
        up=tuple(up),
        anew=anew,
        wait=wait,
    )


def _why_up(name: str, found: FoundContainers, wanted: Wanted) -> str:
    """Say why `docker compose up` has to make or start a container; empty: it need not."""
    have = found.containers.get(name)
    if name not in wanted.configs:
        return ""
    if have is None:
        return f"create {name}"
    if have.config != wanted.configs[name]:
        return f"recreate {name}: its image or settings differ"
    if have.state not in ("running", "restarting"):
        return f"start {name}: it is {have.state}"
    if have.state == "running" and have.address != wanted.addresses[name]:
        return f"recreate {name}: its address is {have.address or 'missing'}"
    return ""


def refuse_foreign(found: FoundContainers, wanted: Wanted) -> None:
    """Refuse to touch what has our names but not our mark."""
    others = [c.name for c in found.containers.values() if c.environment != wanted.environment]
    if names := [*others, *found.foreign]:
        raise EposVirtError(
            f"{', '.join(names)}: exists, but is not of environment {wanted.environment}",
            seen=f"no label {ENVIRONMENT_LABEL}={wanted.environment}",
            remedy="rename or remove it by hand; what others made is never touched",
        )
