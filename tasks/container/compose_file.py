"""The compose file of a domU's containers, made from the environment; pure, nothing is read."""

from __future__ import annotations

import io
import ipaddress
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from deployments.app_yaml import Described
from deployments.model import Application, DomU, Environment
from deployments.size import MiB
from errors import WrongInput
from tasks.application import variables
from tasks.container.engine import APPLICATION_LABEL, CONFIG_LABEL, ENVIRONMENT_LABEL, KEY_LABEL
from tasks.content import key_of
from tasks.guest.disks import AttachedVolume, disks_of

DOMU_INTERFACE = "eth0"  # listing 4.9; the only one a domU has
NETWORK = "epos-network"  # listing 4.9
MEMORY = 256 * MiB  # where neither environment nor app.yaml says
PROCESSES = 256  # of a container; PostgreSQL's and Apache's are the most, some dozens
# Where a runtime keeps its sockets and locks, besides /tmp.
SOCKET_FOLDERS = {"postgres": ("/run/postgresql",)}
TMPFS = "size=32m,mode=1777,nosuid,nodev"
HEADER = """\
# Written by epos-virt from the environment; the next deployment overwrites what is changed here.
# restart is unless-stopped, not listing 4.9's on-failure: on-failure leaves a container down that
# ended well because its engine was shut down, as when the server reboots.
"""

Apps = Mapping[str, Described]  # what app.yaml says, by the application's name in the environment


def project_name(environment: Environment) -> str:
    """Name the compose project of an environment."""
    return "epos-" + re.sub(r"[^a-z0-9_-]", "-", environment.name.lower())


def container_name(application: str) -> str:
    """Name the container of an application."""
    return re.sub(r"[^a-z0-9_.-]", "-", application.lower())


def service_name(application: str) -> str:
    """Name the service of an application, in the manner of listing 4.9."""
    return f"epos-{container_name(application)}"


def folder_of(environment: Environment) -> str:
    """Give the folder in the domU that holds the compose file and the secrets."""
    return f"/opt/epos/{environment.name}"


def containers_of(environment: Environment, domu: str) -> tuple[Application, ...]:
    """Give the applications that run as containers in a domU, in the file's order."""
    return tuple(app for app in environment.containers if app.domu == domu)


def secrets_of(environment: Environment, domu: str, apps: Apps) -> tuple[str, ...]:
    """Give the names of the secrets a domU's containers read."""
    here = containers_of(environment, domu)
    return tuple(sorted({secret for app in here for secret in apps[app.name].secrets}))


def compose_file(
    environment: Environment,
    domu: DomU,
    apps: Apps,
    images: Mapping[str, str],
    seals: Mapping[str, str],
    contents: Mapping[str, str],
) -> dict[str, Any]:
    """Describe the compose project of a domU.

    Args:
        environment: the environment.
        domu: the domU that runs it.
        apps: what each application's app.yaml says.
        images: each application's image, as `repository:key`.
        seals: a hash of each secret, so that a container is made anew when one changes.
        contents: key of what we wrote to each logical volume, to the same end.
    """
    here = containers_of(environment, domu.name)
    disks = disks_of(environment, domu.name)
    services = {
        service_name(app.name): _service(
            environment, app, apps, images[app.name], seals, contents_of(app, contents)
        )
        for app in here
    }
    volumes = sorted({name for app in here for name in volumes_of(app, apps[app.name]).values()})
    secrets = secrets_of(environment, domu.name, apps)
    return {
        "name": project_name(environment),
        "services": services,
        "networks": {
            NETWORK: {
                "name": NETWORK,
                "driver": "macvlan",
                "driver_opts": {"parent": DOMU_INTERFACE},
                "ipam": {
                    "config": [{"subnet": str(domu.address.network), "gateway": str(domu.gateway)}]
                },
                "labels": {ENVIRONMENT_LABEL: environment.name},
            }
        },
        "volumes": {name: _volume(environment, name, disks.get(name)) for name in volumes},
        "secrets": {name: {"file": f"./secrets/{name}"} for name in secrets},
    }


def _service(
    environment: Environment,
    app: Application,
    apps: Apps,
    image: str,
    seals: Mapping[str, str],
    contents: Mapping[str, str],
) -> dict[str, Any]:
    described = apps[app.name]
    service: dict[str, Any] = {
        "image": image,
        "pull_policy": "never",  # there is no registry
        "container_name": container_name(app.name),
        "restart": "unless-stopped",
        "networks": {
            NETWORK: {"ipv4_address": str(app.address), "mac_address": mac_address(app.address)}
        },
        "environment": as_themselves(variables(environment, app, described)),
        "depends_on": {
            service_name(name): {"condition": "service_started"} for name in _before(app, apps)
        },
        # The test is the image's own. Each costs an emulated processor seconds, so that a start is
        # not waited for by it: the application itself is asked (tasks/container/compose.py).
        "healthcheck": {
            "start_period": "900s",
            "start_interval": "30s",
            "interval": "120s",
            "timeout": "120s",
        },
        "volumes": _mounts(app, described),
        "secrets": list(described.secrets),
        **confinement(app, described),
    }
    if app.vcpus is not None:
        service["cpus"] = app.vcpus
    service = {name: value for name, value in service.items() if value != [] and value != {}}
    config = key_of(service, {name: seals[name] for name in described.secrets}, *contents.items())
    service["labels"] = {
        ENVIRONMENT_LABEL: environment.name,
        APPLICATION_LABEL: app.name,
        KEY_LABEL: image.rpartition(":")[2],
        CONFIG_LABEL: config,
    }
    return service


def contents_of(app: Application, contents: Mapping[str, str]) -> dict[str, str]:
    """Give the contents of the logical volumes that an application has."""
    return {name: contents[name] for name in sorted(app.volumes.values()) if name in contents}


def _volume(environment: Environment, name: str, disk: AttachedVolume | None) -> dict[str, Any]:
    """Describe a volume: the engine's own, or a logical volume that it mounts."""
    labels = {ENVIRONMENT_LABEL: environment.name}
    if disk is None:
        return {"name": name, "labels": labels}
    options = {"type": disk.filesystem, "device": disk.device}
    if disk.read_only:
        options["o"] = "ro"
    # Another name than an engine's own volume would have: that one may hold data.
    own = f"{environment.storage.group}-{name}"
    return {"name": own, "driver": "local", "driver_opts": options, "labels": labels}


def as_themselves(values: Mapping[str, str]) -> dict[str, str]:
    """Write values so that Compose, which replaces $NAME, leaves them as they are."""
    return {name: value.replace("$", "$$") for name, value in values.items()}


def confinement(app: Application, described: Described) -> dict[str, Any]:
    """Say what a container may not do, and how much it may take."""
    memory = app.memory or described.memory or MEMORY
    return {
        "read_only": True,
        "tmpfs": [f"{folder}:{TMPFS}" for folder in writable_folders(described)],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": f"{memory // MiB}m",
        "pids_limit": PROCESSES,
    }


def writable_folders(described: Described) -> tuple[str, ...]:
    """Give the folders in memory that an application may write to."""
    return described.writable or ("/tmp", *SOCKET_FOLDERS.get(described.runtime, ()))


def _before(app: Application, apps: Apps) -> list[str]:
    """List the containers of the same domU that are started before."""
    return [name for name in app.after if name in apps]


def _mounts(app: Application, described: Described) -> list[dict[str, Any]]:
    volumes = volumes_of(app, described)
    return [
        {
            "type": "volume",
            "source": volumes[name],
            "target": mount.path,
            **({"read_only": True} if mount.read_only else {}),
        }
        for name, mount in described.volumes.items()
    ]


def volumes_of(app: Application, described: Described) -> dict[str, str]:
    """Give the Docker volume of each volume of app.yaml; one the environment leaves out is named.

    An unnamed one would be another with each new container, and the data gone.

    Raises:
        WrongInput: the environment names a volume that app.yaml does not have.
    """
    for name in app.volumes:
        if name not in described.volumes:
            known = ", ".join(described.volumes) or "it has none"
            raise WrongInput(
                f"{app.name} has no volume {name}", remedy=f"volumes of its app.yaml: {known}"
            )
    made = {name: f"{container_name(app.name)}-{name}" for name in described.volumes}
    return {**made, **app.volumes}


def mac_address(address: ipaddress.IPv4Address) -> str:
    """Derive a fixed hardware address, so that neighbours' tables stay right after a restart.

    Locally administered, unicast: 02:42 and the four bytes of the address, as Docker does.
    """
    return ":".join(f"{byte:02x}" for byte in (0x02, 0x42, *address.packed))


def as_text(content: Mapping[str, Any], header: str = HEADER) -> str:
    """Write a compose file as YAML below a comment; the same content gives the same text."""
    yaml = YAML()
    yaml.width = 4096
    written = io.StringIO()
    yaml.dump(dict(content), written)
    return header + written.getvalue()
