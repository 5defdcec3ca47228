"""Application images: built by this machine's Docker engine, once for each content.

A folder with a Dockerfile is built from that; any other holds what a toolchain makes a closure of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from blocks.connections import Connections
from runs.step import Action, Plan, Step, built_before, to_build
from tasks import step_names
from tasks.container.base_image import BaseImage, has_image
from tasks.container.closure_image import build_closure, closure_key
from tasks.container.dockerfile import base_images_of, build_dockerfile, dockerfile_key
from tasks.container.engine import THIS_MACHINE

if TYPE_CHECKING:
    import docker


@dataclass(frozen=True)
class Way:
    """A way from a folder to an image.

    Args:
        how: what is done, for the plan.
        key: gives the key of the content.
        bases: gives the base images it starts from, by name.
        build: builds it with an engine, under a name.
    """

    how: str
    key: Callable[[Path], str]
    bases: Callable[[Path], Mapping[str, BaseImage]]
    build: Callable[[docker.DockerClient, Path, str], None]


DOCKERFILE = Way("docker build", dockerfile_key, base_images_of, build_dockerfile)
CLOSURE = Way("docker import the closure", closure_key, lambda _folder: {}, build_closure)


def way_of(folder: Path) -> Way:
    """Tell how the image of a source folder is made."""
    return DOCKERFILE if (folder / "Dockerfile").exists() else CLOSURE


def image_name(folder: Path) -> str:
    """Name the image of a source folder: `epos/fwss` for apps/fwss."""
    return "epos/" + re.sub(r"[^a-z0-9]+", "-", folder.name.lower()).strip("-")


def image_key(folder: Path) -> str:
    """Hash what goes into the image of a source folder."""
    return way_of(folder).key(folder)


def base_images(folder: Path) -> Mapping[str, BaseImage]:
    """Give the base images that the image of a source folder starts from."""
    return way_of(folder).bases(folder)


def image_step(folder: Path, connections: Connections, after: Sequence[str] = ()) -> Step:
    """Build the image of a source folder, where the engine has none from the same sources.

    It waits for the base images that it starts from.
    """
    name, way = image_name(folder), way_of(folder)

    def plan() -> Plan:
        key = way.key(folder)
        if has_image(connections.local_engine, name, key):
            return built_before(f"{name}: already built from the same sources", key)
        return to_build(
            f"{name}: not built from these sources yet",
            key,
            Action(
                f"{way.how} of {folder} as {name}:{key}",
                partial(way.build, connections.local_engine, folder, name),
            ),
        )

    bases = tuple(step_names.image(base) for base in way.bases(folder))
    needs = (*bases, *after)
    return Step(step_names.image(name), "compose_up", THIS_MACHINE, plan, needs, builds=True)
