"""Reading app.yaml: what an application is."""

from __future__ import annotations

import difflib
from pathlib import Path, PurePosixPath

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from errors import WrongInput
from toolchains.interface import Application

_KEYS = sorted(set(Application.model_fields) - {"folder"})
_CLASS_ENTRY = "java"  # its entry is a class name; everybody else's is a file


def read_application(folder: Path) -> Application:
    """Read `folder`/app.yaml.

    Raises:
        WrongInput: no such file, no YAML, an unknown key, a value that does not fit, or a
            file it names that is not there.
    """
    path = folder / "app.yaml"
    values = _load(path)
    for key in values:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), _KEYS, n=1)
            raise WrongInput(
                f"{path}: unknown key {key!r}",
                remedy=f"did you mean {near[0]!r}?" if near else f"keys are {', '.join(_KEYS)}",
            )
    if requirements := values.get("requirements"):
        values["requirements"] = folder.resolve() / str(requirements)
    try:
        application = Application.model_validate({**values, "folder": folder.resolve()})
    except ValidationError as error:
        raise WrongInput(
            f"{path} does not describe an application",
            seen="\n".join(_problem(problem["loc"], problem["msg"]) for problem in error.errors()),
            remedy="compare it with docs/add-an-application.md",
        ) from None
    _check_files(application, path)
    return application


def _problem(where: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(map(str, where))}: {message[:1].lower()}{message[1:]}"


def _load(path: Path) -> dict[str, object]:
    try:
        values = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongInput(
            f"{path}: {error.strerror}",
            remedy="name a folder that holds an app.yaml; see docs/add-an-application.md",
        ) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise WrongInput(
            f"{path} is not YAML", seen=str(error), remedy="correct the line it names"
        ) from None
    if not isinstance(values, dict):
        raise WrongInput(f"{path} holds no keys", remedy=f"keys are {', '.join(_KEYS)}")
    return values


def _check_files(application: Application, path: Path) -> None:
    named = [application.requirements] if application.requirements else []
    if application.runtime != _CLASS_ENTRY:
        named.append(application.folder / application.entry)
    for file in named:
        if not file.is_file() or application.folder not in file.resolve().parents:
            raise WrongInput(
                f"{path} names {file.relative_to(application.folder)}, which is not a file there",
                remedy="correct the name, or add the file",
            )
    for mount_point in application.volumes.values():
        if not PurePosixPath(mount_point).is_absolute() or ".." in mount_point.split("/"):
            raise WrongInput(
                f"{path}: mount point {mount_point!r} is not an absolute path",
                remedy="write it like /archive",
            )
