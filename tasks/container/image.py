"""Application images: built by this machine's Docker engine, once for each content."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blocks.connections import Connections
from deployments.model import Application, Environment
from errors import EposVirtError, WrongInput
from printable import printable
from runs.step import Action, Plan, Step, built_before, to_build
from runs.telling import tell
from tasks import step_names
from tasks.container.base_image import BaseImage, base_key, has_image, read_base_images
from tasks.container.engine import KEY_LABEL, THIS_MACHINE, asking
from tasks.content import LEFTOVERS, key_of

if TYPE_CHECKING:
    import docker

RECIPE = 1  # raise it when the way images are built changes
LAST_LINES = 12  # of a failed build's output
LONGEST = 160  # characters of a line that are shown
CHATTER = re.compile(r"\s*--->|Removing intermediate container")
FROM = re.compile(r"^(FROM\s+(?:--\S+\s+)*)(\S+)(\s+AS\s+(\S+))?", re.IGNORECASE | re.MULTILINE)
# What apt says when it is the mirror's or the network's fault.
MIRROR = re.compile(
    r"Failed to fetch|Temporary failure resolving|Could not (connect|resolve)|timed out"
    r"|Hash Sum mismatch|Unable to fetch some archives|Connection (failed|reset)"
)
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def source_folder(environment: Environment, application: Application) -> Path:
    """Give the folder of an application's sources."""
    return (environment.folder / application.source).resolve()


def image_name(folder: Path) -> str:
    """Name the image of a source folder: `epos/fwss` for apps/fwss."""
    return "epos/" + re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")


def image_key(folder: Path) -> str:
    """Hash what goes into an image: the build context as it is sent, base images, the recipe.

    The engine's version is no part of it: every engine copies and runs the same, and its
    upgrade on this machine must not restart what runs on the server.
    """
    return _key(build_context(folder, base_keys(folder)))


def _key(context: bytes) -> str:
    return key_of(RECIPE, hashlib.sha256(context).hexdigest())


def image_step(folder: Path, connections: Connections, after: Sequence[str] = ()) -> Step:
    """Build the image of a source folder, where the engine has none from the same sources.

    It waits for the base images its Dockerfile names.
    """
    name = image_name(folder)

    def plan() -> Plan:
        key = image_key(folder)
        if has_image(connections.local_engine, name, key):
            return built_before(f"{name}: already built from the same sources", key)
        return to_build(
            f"{name}: not built from these sources yet",
            key,
            Action(
                f"docker build --tag {name}:{key} {folder}",
                partial(build_image, connections.local_engine, folder),
            ),
        )

    bases = tuple(step_names.image(base) for base in base_images(folder))
    after = (*bases, *after)
    return Step(step_names.image(name), "compose_up", THIS_MACHINE, plan, after, builds=True)


def base_images(folder: Path) -> dict[str, BaseImage]:
    """Give the base images that a folder's Dockerfile starts from.

    Raises:
        WrongInput: it names another: there is no registry to get it from; or it is unsafe.
    """
    dockerfile = read_dockerfile(folder)
    stages = {found[4] for found in FROM.finditer(dockerfile) if found[4]}
    names = {found[2] for found in FROM.finditer(dockerfile)} - stages - {"scratch"}
    known = read_base_images()
    if unknown := sorted(names - set(known)):
        raise WrongInput(
            f"{folder}/Dockerfile: FROM {unknown[0]} is none of the base images",
            remedy=f"use one of {', '.join(known)}, or describe it in apps/base/base.yaml",
        )
    return {name: known[name] for name in known if name in names}


def base_keys(folder: Path) -> dict[str, str]:
    """Give the content keys of a folder's base images."""
    return {name: base_key(image) for name, image in base_images(folder).items()}


def read_dockerfile(folder: Path) -> str:
    """Read a folder's Dockerfile; its last stage must name a user and say how health is seen.

    Raises:
        WrongInput: it is missing, or lacks one of these.
    """
    path = folder / "Dockerfile"
    try:
        text = path.read_text()
    except OSError as error:
        raise WrongInput(
            f"{path} cannot be read",
            seen=str(error),
            remedy="`source` of a container must be a folder with a Dockerfile",
        ) from error
    starts = [found.start() for found in FROM.finditer(text)]
    last = text[starts[-1] :] if starts else ""
    for instruction, why in (
        ("USER", "a container must not run as root"),
        ("HEALTHCHECK", "the deployment waits until it is healthy"),
    ):
        if not re.search(rf"^{instruction}\s", last, re.MULTILINE):
            raise WrongInput(f"{path}: no {instruction}", remedy=f"add one: {why}")
    return text


def build_context(folder: Path, keys: Mapping[str, str]) -> bytes:
    """Make the tar that the engine builds from: the same files give the same bytes.

    Args:
        folder: the application's sources; its .dockerignore is honoured.
        keys: content keys of the base images; FROM is pinned to them.
    """
    text = FROM.sub(
        lambda found: found[1] + _pinned(found[2], keys) + (found[3] or ""),
        read_dockerfile(folder),
    )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path in context_paths(folder):
            _add(tar, folder, path, text.encode() if path == "Dockerfile" else None)
    return packed.getvalue()


def _pinned(name: str, keys: Mapping[str, str]) -> str:
    return f"{name}:{keys[name]}" if name in keys else name


def context_paths(folder: Path) -> list[str]:
    """List what is in the build context, relative to the folder; what tools leave never is."""
    from docker.utils.build import exclude_paths

    ignore = folder / ".dockerignore"
    lines = ignore.read_text().splitlines() if ignore.exists() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    excluded = [*patterns, *LEFTOVERS, *(f"**/{name}" for name in LEFTOVERS)]
    paths: Iterable[str] = exclude_paths(str(folder), excluded)
    return sorted(paths)


def _add(tar: tarfile.TarFile, folder: Path, path: str, content: bytes | None) -> None:
    """Add a file without what differs between two checkouts: owner, time, group's rights."""
    member = tar.gettarinfo(str(folder / path), arcname=path)
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = 0
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    if not member.isfile():
        tar.addfile(member)
        return
    content = (folder / path).read_bytes() if content is None else content
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def build_image(engine: docker.DockerClient, folder: Path) -> None:
    """Build a folder's image and tag it with its content key.

    Raises:
        EposVirtError: the build failed; transient where a package mirror did.
    """
    context = build_context(folder, base_keys(folder))
    name, key = image_name(folder), _key(context)
    said: list[str] = []
    with asking(THIS_MACHINE, f"build {name}"):
        events = engine.api.build(
            fileobj=io.BytesIO(context),
            custom_context=True,
            tag=f"{name}:{key}",
            labels={KEY_LABEL: key},
            buildargs={proxy: os.environ[proxy] for proxy in PROXIES if proxy in os.environ},
            network_mode="host",  # an engine of ours has no bridge
            rm=True,
            forcerm=True,
            decode=True,
        )
        for event in events:
            _hear(event, said)
            if "error" in event:
                raise build_failed(name, folder, [*said, str(event["error"])])


def _hear(event: dict[str, Any], said: list[str]) -> None:
    for line in printable(str(event.get("stream", ""))).splitlines():
        if line.strip() and not CHATTER.match(line):
            said.append(line.rstrip()[:LONGEST])
            tell(said[-1].strip())


def build_failed(name: str, folder: Path, said: list[str]) -> EposVirtError:
    """Tell of a failed build by its last lines; only a mirror's fault may pass by itself."""
    seen = "\n".join(said[-LAST_LINES:])
    mirror = bool(MIRROR.search(seen))
    remedy = (
        "does this machine reach its Debian mirror? then run again"
        if mirror
        else f"mend {folder}/Dockerfile or its files, then run again; what is built is kept"
    )
    return EposVirtError(f"{name} was not built", seen=seen, remedy=remedy, transient=mirror)
