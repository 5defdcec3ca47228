"""Images without a Dockerfile: an application and what its guest would have, less the kernel."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from deployments.app_yaml import read_described
from errors import WrongInput
from state import state_folder
from tasks.container.engine import KEY_LABEL, THIS_MACHINE, asking
from tasks.content import folder_key, key_of
from tasks.package_list import list_key, toolchain_folder
from toolchains import linux, read_application
from toolchains.rewritten import code_key

if TYPE_CHECKING:
    import docker

RECIPE = 1  # raise it when the way images are imported changes


def closure_key(folder: Path) -> str:
    """Hash what goes into an image: an application's sources, the toolchain, the recipe.

    Raises:
        WrongInput: its runtime is none that a closure can be made of.
    """
    runtime = read_described(folder).runtime
    if runtime not in linux.RUNTIMES:
        raise WrongInput(
            f"{folder} has no Dockerfile, and needs one: its runtime is {runtime}",
            seen=f"without one an image can be made for {', '.join(linux.RUNTIMES)}",
            remedy="add a Dockerfile; docs/add-an-application.md shows one",
        )
    chain = folder_key(Path(str(linux.__file__)).parent, content=code_key)
    return key_of(RECIPE, folder_key(folder), chain, *list_key())


def build_closure(engine: docker.DockerClient, folder: Path, name: str) -> None:
    """Make a folder's root file system and import it, tagged `name` with its content key.

    Raises:
        EposVirtError: it was not built, or the engine refused it.
        WrongInput: what app.yaml says does not fit its folder.
    """
    key = closure_key(folder)
    with tempfile.TemporaryDirectory(dir=state_folder("images")) as scratch:
        tar = Path(scratch) / "root.tar"
        root = linux.make_container_root(read_application(folder), toolchain_folder(), tar)
        with asking(THIS_MACHINE, f"import {name}"):
            engine.api.import_image_from_file(
                str(tar),
                repository=name,
                tag=key,
                changes=[*instructions(root), f"LABEL {KEY_LABEL}={key}"],
            )
            engine.images.get(f"{name}:{key}")


def instructions(root: linux.ContainerRoot) -> list[str]:
    """Say how it is started, in a Dockerfile's words."""
    variables = [f"ENV {name}={_quoted(value)}" for name, value in root.environment.items()]
    return [
        f"ENTRYPOINT {json.dumps(root.command)}",
        f"WORKDIR {root.directory}",
        f"USER {root.user}",
        *variables,
    ]


def _quoted(value: str) -> str:
    """Quote a value, in which the engine would else replace variables."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
