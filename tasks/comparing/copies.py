"""The environment with copies of an application, one for each technique; pure."""

from __future__ import annotations

from collections.abc import Sequence

from deployments.checks.names import COPIES
from deployments.implied import completed
from deployments.model import Application, Environment, Technique, Volume
from deployments.size import MiB, Size
from deployments.variant import as_technique
from errors import WrongInput
from tasks.application import described
from tasks.instance.address import free

PREFIX = COPIES  # how the names of copies, and of what is theirs, begin
DATA = Size(512 * MiB)  # of a logical volume that a copy writes to


def copy_name(application: str, technique: str) -> str:
    """Name a copy."""
    return f"{PREFIX}{application}-{technique}"


def with_copies(
    environment: Environment, name: str, techniques: Sequence[Technique]
) -> tuple[Environment, list[Application]]:
    """Give the environment with copies of an application, and the copies.

    Each has an address that nothing in the environment has, and data of its own; what it only
    reads, and the applications it talks to, are those of the original.

    Args:
        environment: as it runs.
        name: of the application.
        techniques: of the copies.

    Raises:
        WrongInput: there is no such application, no address left, or no domU for a container.
    """
    original = environment.application(name)
    addresses = free(environment, len(techniques))
    engine = _engine(environment) if "container" in techniques else None
    copies = [
        as_technique(
            original,
            technique,
            domu=engine,
            name=copy_name(name, technique),
            address=str(address),
            volumes=_volumes(environment, original, technique),
            after=(),
        )
        for technique, address in zip(techniques, addresses, strict=True)
    ]
    storage = environment.storage
    known = {volume.name for volume in storage.volumes}
    beside = environment.model_copy(update={"applications": (*environment.applications, *copies)})
    # What runs in a domU has its data there, a guest of its own needs a volume for it.
    needed = (name for app in beside.unikernels for name in app.volumes.values())
    more = [Volume(name=name, size=DATA) for name in dict.fromkeys(needed) if name not in known]
    volumes = storage.model_copy(update={"volumes": (*storage.volumes, *more)})
    whole = completed(beside.model_copy(update={"storage": volumes}))
    return whole, [whole.application(copy.name) for copy in copies]


def _engine(environment: Environment) -> str:
    """Give the domU whose engine runs a copy: the first that runs containers, or has an engine."""
    if not environment.engines:
        raise WrongInput(
            f"{environment.name} has no domU with an engine for a container",
            remedy="leave containers out: --techniques vm,unikernel",
        )
    return environment.engines[0]


def _volumes(
    environment: Environment, application: Application, technique: Technique
) -> dict[str, str]:
    """Name the volumes of a copy: what is only read is the original's, data is its own."""
    mounts = described(environment, application).volumes
    own = {key: f"{copy_name(application.name, technique)}-{key}" for key in mounts}
    shared = {
        key: volume
        for key, volume in application.volumes.items()
        if key in mounts and mounts[key].read_only
    }
    return own | shared
