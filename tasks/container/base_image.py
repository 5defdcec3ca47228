"""Base images: root file systems made by mmdebstrap and imported into this machine's engine."""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from blocks.connections import Connections
from errors import WrongInput
from runs.child import follow
from runs.step import Action, Plan, Step, built_before, to_build
from runs.telling import tell
from state import state_folder
from tasks import step_names
from tasks.container.engine import KEY_LABEL, THIS_MACHINE, asking
from tasks.content import file_key, key_of
from tasks.package_list import list_key

if TYPE_CHECKING:
    import docker

RECIPE = 1  # raise it when the way base images are made changes
SPECIFICATION = Path(__file__).parents[2] / "apps" / "base" / "base.yaml"
STRIPPABLE = re.compile(r"[A-Za-z0-9_+:./*?-]+")  # a path with shell patterns, nothing else


class BaseImage(BaseModel):
    """A root file system, as apps/base/base.yaml describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="Repository of the image, like epos/base.")
    suite: str = Field(description="Debian suite.")
    variant: str = Field(description="Variant of mmdebstrap.")
    include: tuple[str, ...] = Field(default=(), description="Packages.")
    files: dict[str, str] = Field(
        default_factory=dict, description="Path in the root to file beside the specification."
    )
    shell: str = Field(default="sh", description="What runs the commands of `run`.")
    run: tuple[str, ...] = Field(default=(), description="Commands run in the root.")
    strip: tuple[str, ...] = Field(default=(), description="Shell patterns deleted at the end.")
    folder: Path = Field(description="Folder of the specification.", exclude=True)


def read_base_images(specification: Path = SPECIFICATION) -> dict[str, BaseImage]:
    """Read the base images by name.

    Raises:
        WrongInput: the specification is not as this module expects it.
    """
    try:
        listed = YAML(typ="safe", pure=True).load(specification)["images"]
        images = [BaseImage(**one, folder=specification.parent.resolve()) for one in listed]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise WrongInput(
            f"{specification}: not a list of base images",
            seen=str(error),
            remedy="compare with the file in the project's repository",
        ) from error
    return {image.name: image for image in images}


def base_key(image: BaseImage, packages: Sequence[str] | None = None) -> str:
    """Hash what decides the root's content: the description, its files, the recipe, the packages.

    Neither mirror nor mmdebstrap's version count: they change nothing that matters.

    Args:
        image: what is described.
        packages: the key of a package list, if not of the one in use; empty: of none.
    """
    listed = list_key() if packages is None else packages
    files = [file_key(image.folder / source) for source in image.files.values()]
    return key_of(RECIPE, image.model_dump(mode="json"), files, *listed)


def base_image_step(image: BaseImage, connections: Connections, after: Sequence[str] = ()) -> Step:
    """Make a root file system and import it, where the engine has none of the same description."""

    def plan() -> Plan:
        key = base_key(image)
        if has_image(connections.local_engine, image.name, key):
            return built_before(f"{image.name}: already made from the same description", key)
        return to_build(
            f"{image.name}: not made yet, or from another description",
            key,
            Action(
                f"mmdebstrap {image.suite}, docker import {image.name}:{key}",
                partial(make_base_image, connections.local_engine, image),
            ),
        )

    name = step_names.image(image.name)
    return Step(name, "compose_up", THIS_MACHINE, plan, tuple(after), builds=True)


def has_image(engine: docker.DockerClient, name: str, key: str, host: str = THIS_MACHINE) -> bool:
    """Tell whether the engine has the image of this key, tagged and labelled so."""

    from docker.errors import ImageNotFound

    with asking(host, f"inspect {name}:{key}"):
        try:
            image = engine.images.get(f"{name}:{key}")
        except ImageNotFound:
            return False
        return image.labels.get(KEY_LABEL) == key


def make_base_image(engine: docker.DockerClient, image: BaseImage) -> None:
    """Run mmdebstrap and import its tar; `NAME:latest` follows, for builds by hand.

    Raises:
        EposVirtError: mmdebstrap or the import failed.
    """
    key = base_key(image)
    with tempfile.TemporaryDirectory(dir=state_folder("images")) as scratch:
        root = Path(scratch) / "root.tar"
        run_mmdebstrap(image, root)
        tell(f"importing {root.stat().st_size / 1e6:.0f} MB")
        with asking(THIS_MACHINE, f"import {image.name}"):
            engine.api.import_image_from_file(
                str(root), repository=image.name, tag=key, changes=[f"LABEL {KEY_LABEL}={key}"]
            )
            engine.images.get(f"{image.name}:{key}").tag(image.name, "latest")


def run_mmdebstrap(image: BaseImage, root: Path) -> None:
    """Write a root file system as a tar.

    Raises:
        EposVirtError: mmdebstrap is missing or failed; transient, as mirrors fail.
    """

    def hear(line: str) -> None:
        if line.startswith("I: "):
            tell(line[3:].strip())

    follow(
        *mmdebstrap_command(image, root),
        hear=hear,
        what=f"{image.name}: mmdebstrap failed",
        remedy="is this root, and does this machine reach its Debian mirror?",
        transient=True,
    )


def mmdebstrap_command(image: BaseImage, root: Path | str, folder: Path | None = None) -> list[str]:
    """Give the command that writes the image's root file system to the tar `root`.

    Args:
        image: what is to be in it.
        root: the tar; `-` is standard output.
        folder: where the image's files are when the command runs, if not where they are now.
    """
    command = ["mmdebstrap", f"--variant={image.variant}"]
    if image.include:
        command.append(f"--include={','.join(image.include)}")
    return [*command, *_hooks(image, folder or image.folder), image.suite, str(root)]


def _hooks(image: BaseImage, folder: Path) -> list[str]:
    """Give the hooks; mmdebstrap runs them by sh, with the root's path as $1."""
    kind = "--extract-hook" if image.variant == "extract" else "--customize-hook"
    hooks = []
    for path, source in image.files.items():
        hooks.append(shlex.join(["upload", str(folder / source), path]))
        mode = (
            "0755" if (image.folder / source).stat().st_mode & 0o100 else "0644"
        )  # `upload` does not keep it
        hooks.append(f'chmod {mode} "$1"{shlex.quote(path)}')
    hooks += [f'chroot "$1" {image.shell} -c {shlex.quote(command)}' for command in image.run]
    for pattern in image.strip:
        if not STRIPPABLE.fullmatch(pattern) or ".." in pattern:
            raise WrongInput(
                f"{image.name}: `{pattern}` in `strip` is not a path below the root",
                remedy="write a relative path, with * and ? for patterns",
            )
    if image.strip:
        hooks.append("rm -rf " + " ".join(f'"$1"/{pattern}' for pattern in image.strip))
    return [f"{kind}={hook}" for hook in hooks]
