"""The node on any Docker engine: apps/compose.yaml and the script that makes what it builds on.

Both are committed, made from the environment that ships and from apps/*/app.yaml:

    python -m tasks.container.plain_engine      writes them anew
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from deployments.app_yaml import Described
from deployments.load import load_environment
from deployments.model import Application, Environment
from tasks.application import described, used, variable_name, variables
from tasks.certificate import CERTIFICATE
from tasks.container.base_image import base_key, mmdebstrap_command, read_base_images
from tasks.container.compose_file import (
    as_text,
    as_themselves,
    confinement,
    volumes_of,
)
from tasks.container.engine import KEY_LABEL

ROOT = Path(__file__).parents[2]
APPS = ROOT / "apps"
ENVIRONMENT = ROOT / "deployments" / "lab.yaml"
COMPOSE = APPS / "compose.yaml"
BASES = APPS / "base" / "make-images"

ARCHIVE = "${EPOS_ARCHIVE:-archive}"  # the sample's volume, or a folder of the operator's
# Where each answers on the machine itself: a hundred ports, 8100 and so on, which can be moved.
PUBLISHED = "${EPOS_ADDRESS:-127.0.0.1}:${EPOS_PORTS:-81}"
PROGRAMS = ("indexgd", "runqc", "sync")
PORTS = ("webclient", "glass", "portal", "nodemanager", "fwss", *PROGRAMS)
FIRST_FILES = "first-files"
TRUSTED = "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}"
HEADER = """\
# The nine applications of the EPOS node on any Docker engine; README.md says how, and what you see.
# Written by `python -m tasks.container.plain_engine` from ../deployments/lab.yaml and */app.yaml.
"""
SCRIPT = """\
#!/bin/sh
# Make the root file systems that every image of apps/ builds on, where the engine lacks them.
# Needs root, mmdebstrap and a Debian mirror: mmdebstrap asks the one this machine asks.
# Written by `python -m tasks.container.plain_engine` from base.yaml.
set -eu
cd "$(dirname "$0")"
if ! command -v mmdebstrap >/dev/null; then
    echo "make-images: mmdebstrap is missing; next: apt-get install mmdebstrap" >&2
    exit 1
fi

import() {  # NAME KEY COMMAND...: a root, imported under its key and as the newest
    name=$1 key=$2
    shift 2
    if ! docker image inspect "$name:$key" >/dev/null 2>&1; then
        root=$(mktemp)
        trap 'rm -f "$root"' EXIT
        "$@" >"$root"
        docker import --change "LABEL %s=$key" "$root" "$name:$key" >/dev/null
        rm "$root"
    fi
    docker tag "$name:$key" "$name"
}
"""


def plain_compose(environment: Environment) -> dict[str, Any]:
    """Describe the node as a compose project that needs its own folder and an engine only.

    Args:
        environment: whose applications they are; addresses, domUs and techniques do not count.
    """
    says = {app.name: described(environment, app) for app in environment.applications}
    services = {
        "secrets": _secrets(environment, says),
        "archive": _sample(),
        **{
            service_of(app): _service(environment, app, says[app.name])
            for app in environment.applications
        },
        FIRST_FILES: _first_files(environment, says),
    }
    named = (
        mount.partition(":")[0] for one in services.values() for mount in one.get("volumes", ())
    )
    volumes = sorted({"archive", *(name for name in named if not name.startswith("$"))})
    return {
        "name": "epos-node",
        "services": services,
        "volumes": {name: {} for name in volumes},
        "secrets": {"trusted": {"file": TRUSTED}},
    }


def service_of(app: Application) -> str:
    """Name the service of an application: by its folder, as the others call it."""
    return app.source.name


def _service(environment: Environment, app: Application, says: Described) -> dict[str, Any]:
    names = {
        variable_name(name, "ADDRESS"): service_of(used(environment, says, name))
        for name in says.uses
    }
    values = {**variables(environment, app, says), **names, **app.environment}
    before = {service_of(environment.application(name)): "service_started" for name in app.after}
    first = {"secrets": "service_completed_successfully"} if says.secrets else {}
    mounts = _mounts(environment, app, says)
    if any(mount.startswith(ARCHIVE) for mount in mounts):
        first["archive"] = "service_completed_successfully"
    service = {
        "build": _build(app, says),
        "restart": "unless-stopped",
        "environment": as_themselves(values),
        "depends_on": _conditions({**first, **before}),
        "ports": _ports(app, says),
        "volumes": mounts,
        "healthcheck": {"interval": "10s"},  # the test is the image's own
        **confinement(app, says),
    }
    return {name: value for name, value in service.items() if value}


def _conditions(conditions: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"condition": condition} for name, condition in conditions.items()}


def _build(app: Application, says: Described) -> dict[str, Any]:
    """Say how its image is made: by its Dockerfile, else by that of its runtime."""
    context = f"./{app.source.name}"
    if (APPS / app.source.name / "Dockerfile").exists():
        return {"context": context}
    arguments = {
        "ENTRY": says.entry,
        "REQUIREMENTS": says.requirements or "",
        "MODULES": " ".join(says.modules),
        "OPTIONS": " ".join(says.options),
        "PORT": str(says.port),
        "HEALTH": says.answer.path,
    }
    build = _of_runtime(context, says.runtime, arguments)
    return {**build, "secrets": ["trusted"]} if says.runtime == "python" else build


def _of_runtime(context: str, runtime: str, arguments: Mapping[str, str]) -> dict[str, Any]:
    dockerfile = f"../base/{runtime}.Dockerfile"
    given = {name: value for name, value in arguments.items() if value}
    return {"context": context, "dockerfile": dockerfile, "args": given}


def _ports(app: Application, says: Described) -> list[str]:
    service = service_of(app)
    if service not in PORTS:
        return []  # the database answers its own network only
    return [f"{_published(service)}:{says.port}"]


def _published(service: str) -> str:
    return f"{PUBLISHED}{PORTS.index(service):02}"


def _mounts(environment: Environment, app: Application, says: Described) -> list[str]:
    archive = environment.archive.volume if environment.archive else ""
    names = volumes_of(app, says)
    mounts = [
        f"{ARCHIVE if names[name] == archive else names[name]}:{mount.path}"
        + (":ro" if mount.read_only else "")
        for name, mount in says.volumes.items()
    ]
    return [*mounts, *([f"{_secrets_of(service_of(app))}:/run/secrets:ro"] if says.secrets else [])]


def _secrets_of(service: str) -> str:
    return f"secrets-{service}"


def _once(service: Mapping[str, Any]) -> dict[str, Any]:
    """Confine what ends by itself; root without capabilities, for its volumes are root's."""
    return {
        **service,
        "healthcheck": {"disable": True},
        "user": "0:0",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }


def _secrets(environment: Environment, says: Mapping[str, Described]) -> dict[str, Any]:
    """Make secrets at the first start; each application sees a volume with its own."""
    readers = {
        service_of(app): says[app.name].secrets
        for app in environment.applications
        if says[app.name].secrets
    }
    readers[FIRST_FILES] = ("nodemanager_login", CERTIFICATE)
    named = ",".join(f"DNS:{name}" for name in ("localhost", "portal", "nodemanager"))
    service = {
        "build": {"context": "./secrets"},
        "environment": {"NAMES": f"IP:127.0.0.1,{named}"},
        "command": [f"{reader}={','.join(names)}" for reader, names in readers.items()],
        "network_mode": "none",
        "volumes": [
            "secrets:/secrets/all",
            *(f"{_secrets_of(reader)}:/secrets/{reader}" for reader in readers),
        ],
    }
    return _once(service)


def _sample() -> dict[str, Any]:
    """Write the generated files of the archive, the same ones each time."""
    service = {
        "build": _of_runtime("./rinex-sample", "python", {"ENTRY": "generate.py"}),
        "command": ["/archive"],
        "network_mode": "none",
        "volumes": ["archive:/archive"],
    }
    return _once(service)


def _first_files(environment: Environment, says: Mapping[str, Described]) -> dict[str, Any]:
    """Carry the archive's files through all of it, when all of it is healthy."""
    apps = {service_of(app): app for app in environment.applications}
    ports = {name: says[app.name].port for name, app in apps.items()}
    asked = ("nodemanager", *PROGRAMS)
    service = {
        "build": _of_runtime(f"./{FIRST_FILES}", "python", {"ENTRY": "carry.py"}),
        "environment": {
            **{name.upper(): f"{name}:{ports[name]}" for name in asked},
            "PUBLISHED": _published("indexgd"),
            "INSTEAD_OF": f"{apps['indexgd'].address}:{ports['indexgd']}",
        },
        "depends_on": _conditions(dict.fromkeys(apps, "service_healthy")),
        "volumes": [f"{_secrets_of(FIRST_FILES)}:/run/secrets:ro"],
    }
    return _once(service)


def compose_text() -> str:
    """Give apps/compose.yaml as it is committed."""
    return as_text(plain_compose(load_environment(ENVIRONMENT)), HEADER)


def script_text() -> str:
    """Give apps/base/make-images as it is committed."""
    return SCRIPT % KEY_LABEL + "".join(_imports())


def _imports() -> Iterable[str]:
    for image in read_base_images().values():
        command = mmdebstrap_command(image, "-", folder=Path())
        words = " \\\n    ".join(map(shlex.quote, command))
        yield f"\nimport {image.name} {base_key(image, ())} \\\n    {words}\n"


def main() -> None:
    """Write both."""
    COMPOSE.write_text(compose_text())
    BASES.write_text(script_text())
    BASES.chmod(0o755)


if __name__ == "__main__":
    main()
