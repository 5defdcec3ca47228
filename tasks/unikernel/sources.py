"""What a toolchain makes a guest of: an application's folder, or the container image of it.

A folder with a Dockerfile is built as container images are; the guest has that image's files. Any
other is what its toolchain knows: the closure of its runtime.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from deployments.app_yaml import read_described
from errors import EposVirtError
from runs.telling import tell
from state import made_beside, make_private, state_place
from tasks.container.image import DOCKERFILE, image_key, image_name, way_of
from tasks.container.saved_image import save_image
from tasks.content import file_key, folder_key
from toolchains import Application, read_application

if TYPE_CHECKING:
    import docker


def from_container(folder: Path) -> bool:
    """Tell whether a folder's guest is made of its container image."""
    return way_of(folder) is DOCKERFILE


def archive_of(folder: Path) -> Path:
    """Give where the image of a folder is kept for toolchains, as `docker save` writes it."""
    name = image_name(folder).replace("/", "-")
    return state_place("saved-images") / f"{name}-{image_key(folder)}.tar"


def sources_of(folder: Path) -> Application:
    """Give what a toolchain builds a folder's guest from.

    Raises:
        EposVirtError: it is a container image that was not saved on this machine.
        WrongInput: app.yaml says what does not fit its folder.
    """
    if not from_container(folder):
        return read_application(folder)
    archive = archive_of(folder)
    if not archive.exists():
        raise EposVirtError(
            f"the container image of {folder} was not kept on this machine",
            seen=f"no {archive}",
            remedy="python -m flows.run_unikernels keeps it",
        )
    says = read_described(folder).model_copy(
        update={"runtime": "image", "entry": archive.name, "requirements": None, "options": ()}
    )
    return Application(folder=archive.parent, **says.model_dump())


def content_key(folder: Path) -> str:
    """Hash an application's sources, and for a container image what it is built on."""
    if from_container(folder):
        return image_key(folder)
    return file_key(folder) if folder.is_file() else folder_key(folder)  # an image is a file, too


def keep_image(engine: docker.DockerClient, folder: Path) -> None:
    """Save a folder's image where toolchains find it, in the place of an older one.

    Raises:
        EposVirtError: the engine does not have it.
    """
    archive = archive_of(folder)
    if archive.exists():
        return
    tag = f"{image_name(folder)}:{image_key(folder)}"
    tell(f"saving {tag}")
    make_private(archive.parent)
    with made_beside(archive) as beside, beside.open("wb") as file:
        save_image(engine, tag, file)
    key = image_key(folder)
    for older in archive.parent.glob(f"{archive.name.removesuffix(f'{key}.tar')}*.tar"):
        if older != archive:
            older.unlink()
