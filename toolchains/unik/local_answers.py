"""What the UniK daemon that SERVES TESTS answers; see local_daemon.

Each function is one route of solo-io/unik's pkg/daemon/daemon.go with the provider xen: its
status codes, its texts, and the order in which it finds out what is wrong.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from json import JSONDecodeError, loads
from pathlib import PurePosixPath
from typing import NamedTuple

from ruamel.yaml import YAML

# Of compilers.ValidateCompiler, for provider xen.
COMPILERS = ("rump/go", "rump/nodejs", "rump/python", "rump/java", "rump/c", "osv/java")
DEFAULT_MEMORY = 1024  # MiB
Record = dict[str, object]


class Failed(Exception):
    """What the daemon answers instead: status and text."""

    def __init__(self, status: int, text: str) -> None:
        """Take both."""
        super().__init__(text)
        self.status = status


class Asked(NamedTuple):
    """A request: its path in parts, query and form together, its file, its body."""

    parts: Sequence[str]
    values: Mapping[str, str]
    file: bytes | None
    body: bytes


class Answered(NamedTuple):
    """An answer: text as it is, None for none, all else as JSON."""

    status: int
    content: object


@dataclass
class State:
    """What the daemon keeps, by identity."""

    images: dict[str, Record] = field(default_factory=dict)
    instances: dict[str, Record] = field(default_factory=dict)
    volumes: dict[str, Record] = field(default_factory=dict)
    environments: dict[str, Mapping[str, str]] = field(default_factory=dict)
    next_domain: int = 1
    # Called with an instance's name when one is started; a test lets a guest's stub run here.
    booted: Callable[[str], None] = lambda _: None


def look_up(records: Mapping[str, Record], kind: str, name: str) -> Record:
    """Find as the daemon does: the first whose identity or name contains the name."""
    for record in records.values():
        if name in str(record["Id"]) or name in str(record["Name"]):
            return record
    raise Failed(500, f"{kind} with name or id containing '{name}' not found")


def create_image(state: State, asked: Asked) -> Answered:
    """POST /images/NAME/create."""
    name = asked.parts[1]
    if asked.file is None:
        raise Failed(400, "parsing form file marked 'tarfile: http: no such file")
    manifest, names = _unpacked(asked.file)
    if asked.values.get("provider") != "xen":
        provider = asked.values.get("provider", "")
        raise Failed(400, f"{provider} is not a known provider. Available: xen")
    for wanted in ("base", "lang"):
        if not asked.values.get(wanted):
            raise Failed(400, f"must provide '{wanted}' parameter")
    compiler = f"{asked.values['base']}/{asked.values['lang']}"
    if compiler not in COMPILERS:
        raise Failed(400, f"invalid base - lang - provider match: {compiler}/xen")
    _compile(compiler, manifest, names)
    if name in state.images:
        if asked.values.get("force", "").lower() != "true":
            text = f"an image already exists with name '{name}', try again with --force"
            raise Failed(500, f"failed staging image: {text}")
        del state.images[name]
    mounts = [one for one in asked.values.get("mounts", "").split(",") if one]
    state.images[name] = _image(name, compiler, len(asked.file) >> 20, mounts)
    return Answered(201, state.images[name])


def _unpacked(archive: bytes) -> tuple[dict[str, object] | None, list[str]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            names = [str(PurePosixPath(name)) for name in tar.getnames()]
            member = tar.extractfile("manifest.yaml") if "manifest.yaml" in names else None
            return (YAML(typ="safe").load(member.read()) if member else None), names
    except (tarfile.TarError, OSError) as error:
        raise Failed(500, f"extracting sources: {error}") from None


def _compile(compiler: str, manifest: dict[str, object] | None, names: Sequence[str]) -> None:
    """Fail where the real compilers do before they compile."""
    if manifest is None:
        raise Failed(500, "failed to compile raw image: failed to read manifest.yaml file")
    main = str(manifest.get("main_file") or "")
    made_later = compiler.endswith("/java") and manifest.get("build_command")
    if not main or (not made_later and str(PurePosixPath(main)) not in names):
        raise Failed(500, "failed to compile raw image: invalid main file specified")


def _image(name: str, compiler: str, megabytes: int, mounts: Sequence[str]) -> Record:
    return {
        "Id": name,
        "Name": name,
        "SizeMb": megabytes,
        "Infrastructure": "XEN",
        "Created": _now(),
        "StageSpec": {"ImageFormat": "raw", "XenVirtualizationType": "paravirtual"},
        "RunSpec": {
            "DeviceMappings": [
                {"MountPoint": mount, "DeviceName": f"/dev/sd{chr(ord('b') + number)}1"}
                for number, mount in enumerate(mounts)
            ],
            "DefaultInstanceMemory": DEFAULT_MEMORY,
            "MinInstanceDiskMB": 0,
            "Compiler": f"{compiler.replace('/', '-')}-xen",
        },
    }


def run_instance(state: State, asked: Asked) -> Answered:
    """POST /instances/run."""
    try:
        wanted = loads(asked.body)
    except JSONDecodeError as error:
        raise Failed(400, f"failed to parse request json: {error}") from None
    if not wanted.get("ImageName"):
        raise Failed(400, "image must be named")
    try:
        image = look_up(state.images, "image", wanted["ImageName"])
    except Failed as error:
        raise Failed(400, str(error)) from None
    name = str(wanted.get("InstanceName") or "")
    if any(name in str(one["Id"]) or name in str(one["Name"]) for one in state.instances.values()):
        raise Failed(
            500,
            f"instance with name {name} already exists. xen provider requires "
            "unique names for instances",
        )
    _verify_mounts(state, image, wanted.get("Mounts") or {})
    domain = str(state.next_domain)
    state.next_domain += 1
    state.instances[domain] = {
        "Id": domain,
        "Name": name,
        "State": "running",
        "IpAddress": "",
        "ImageId": image["Id"],
        "Infrastructure": "XEN",
        "Created": _now(),
    }
    state.environments[name] = wanted.get("Env") or {}
    state.booted(name)
    return Answered(201, state.instances[domain])


def _verify_mounts(state: State, image: Record, mounts: Mapping[str, str]) -> None:
    run = image["RunSpec"]
    assert isinstance(run, dict)
    needed = {mapping["MountPoint"] for mapping in run["DeviceMappings"]}
    if needed != set(mounts):
        raise Failed(
            500,
            f"invalid mapping for volume: image needs {sorted(needed)}, was given {sorted(mounts)}",
        )
    for volume in mounts.values():
        look_up(state.volumes, "volume", volume)


def logs(state: State, asked: Asked) -> Answered:
    """GET /instances/ID/logs: the body begins before anything is looked up, so status is 200."""
    body = f"getting logs for {asked.parts[1]}...\n"
    try:
        look_up(state.instances, "instance", asked.parts[1])
    except Failed as error:
        return Answered(200, f"{body}{error}")
    return Answered(
        200,
        f"{body}failed to perform get logs request: instance has not been "
        "assigned a public ip address",
    )


def delete_image(state: State, asked: Asked) -> Answered:
    """DELETE /images/NAME."""
    image = look_up(state.images, "image", asked.parts[1])
    using = [one for one in state.instances.values() if one["ImageId"] == image["Id"]]
    if using and asked.values.get("force", "").lower() != "true":
        raise Failed(
            500,
            f"instance {using[0]['Id']} found which uses image {image['Id']}; "
            "try again with force=true",
        )
    for one in using:
        del state.instances[str(one["Id"])]
    del state.images[str(image["Id"])]
    return Answered(204, None)


def delete_instance(state: State, asked: Asked) -> Answered:
    """DELETE /instances/ID."""
    found = look_up(state.instances, "instance", asked.parts[1])
    del state.instances[str(found["Id"])]
    return Answered(204, None)


def start_or_stop(state: State, asked: Asked) -> Answered:
    """POST /instances/ID/start and /stop: Xen has neither."""
    look_up(state.instances, "instance", asked.parts[1])
    verb, doing = asked.parts[2], {"start": "Starting", "stop": "Stopping"}[asked.parts[2]]
    raise Failed(
        500, f"could not {verb} instance {asked.parts[1]}: {doing} xen instance is not supported"
    )


def create_volume(state: State, asked: Asked) -> Answered:
    """POST /volumes/NAME."""
    name = asked.parts[1]
    if not asked.values.get("size", "").isdecimal():
        raise Failed(400, "could not parse given size")
    state.volumes[name] = {
        "Id": name,
        "Name": name,
        "SizeMb": int(asked.values["size"]),
        "Attachment": "",
        "Infrastructure": "XEN",
        "Created": _now(),
    }
    return Answered(201, state.volumes[name])


Act = Callable[[State, Asked], Answered]
# A part `*` stands for any one.
ROUTES: Sequence[tuple[str, str, Act]] = (
    ("GET", "images", lambda state, _: Answered(200, [*state.images.values()])),
    (
        "GET",
        "images/*",
        lambda state, asked: Answered(200, look_up(state.images, "image", asked.parts[1])),
    ),
    ("POST", "images/*/create", create_image),
    ("DELETE", "images/*", delete_image),
    ("POST", "instances/run", run_instance),
    ("GET", "instances", lambda state, _: Answered(200, [*state.instances.values()])),
    (
        "GET",
        "instances/*",
        lambda state, asked: Answered(200, look_up(state.instances, "instance", asked.parts[1])),
    ),
    ("GET", "instances/*/logs", logs),
    ("POST", "instances/*/start", start_or_stop),
    ("POST", "instances/*/stop", start_or_stop),
    ("DELETE", "instances/*", delete_instance),
    ("GET", "volumes", lambda state, _: Answered(200, [*state.volumes.values()])),
    ("POST", "volumes/*", create_volume),
    ("GET", "available_providers", lambda *_: Answered(200, ["xen"])),
    (
        "GET",
        "available_compilers",
        lambda *_: Answered(200, sorted(f"{one.replace('/', '-')}-xen" for one in COMPILERS)),
    ),
)


def route(method: str, parts: Sequence[str]) -> Act | None:
    """Find what answers a path."""
    for known, pattern, act in ROUTES:
        wanted = pattern.split("/")
        fits = len(wanted) == len(parts) and all(
            one in ("*", part) for one, part in zip(wanted, parts, strict=True)
        )
        if method == known and fits:
            return act
    return None


def _now() -> str:
    return datetime.now(UTC).isoformat()
