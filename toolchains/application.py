"""What a toolchain needs to know of an application, out of its app.yaml or its container image."""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

from deployments.app_yaml import read_described
from deployments.container_image.archive import is_image
from errors import WrongInput
from toolchains.interface import Application, Runtime

_CLASS_ENTRY = "java"  # its entry is a class name; everybody else's is a file


def read_application(source: Path) -> Application:
    """Read `source`/app.yaml, or what a container image says of itself.

    Args:
        source: an application's folder; or an image's archive, file or folder.

    Raises:
        WrongInput: no such file, no YAML, an unknown key, a value that does not fit, a runtime
            that no toolchain has, or a file it names that is not there.
    """
    source = source.resolve()
    if is_image(source):
        return application_of_image(source)
    path = source / "app.yaml"
    says = read_described(source)
    if says.runtime not in get_args(Runtime):
        raise WrongInput(
            f"{path}: runtime {says.runtime} does not run in a unikernel",
            remedy=f"those that do: {', '.join(get_args(Runtime))}",
        )
    application = Application(folder=source, **says.model_dump())
    _check_files(application, path)
    return application


def application_of_image(path: Path, wanted: str = "") -> Application:
    """Describe the application of a container image by what the image itself says.

    Args:
        path: the archive: a file, or the folder of an OCI layout.
        wanted: which image of an archive that holds several.

    Raises:
        WrongInput: it is no image that a guest can run.
    """
    from deployments.container_image.says import says_of_image

    return Application(folder=path.parent, **{"port": 0, **says_of_image(path, wanted)})


def _check_files(application: Application, path: Path) -> None:
    if not application.entry:
        raise WrongInput(
            f"{path} names no entry",
            remedy="say what is started: entry: a file, or a Java main class",
        )
    named = [file] if (file := application.requirements_file) else []
    if application.runtime != _CLASS_ENTRY:
        named.append(application.folder / application.entry)
    for file in named:
        there = file.is_file() or (application.runtime == "image" and is_image(file))
        if not there or application.folder not in file.resolve().parents:
            named_as = os.path.relpath(file, application.folder)
            raise WrongInput(
                f"{path} names {named_as}, which is not a file there",
                remedy="correct the name, or add the file",
            )
    for mount in application.volumes.values():
        if ".." in mount.path.split("/"):
            raise WrongInput(
                f"{path}: {mount.path!r} is no mount point", remedy="write it like /archive"
            )
