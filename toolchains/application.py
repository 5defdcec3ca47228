"""Reading app.yaml: what an application is."""

from __future__ import annotations

import difflib
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from errors import WrongInput
from toolchains.interface import Application

_KEYS = sorted(set(Application.model_fields) - {"folder"})
# Keys of app.yaml that others read: flows, the techniques vm and container.
_OTHERS = frozenset(["summary", "protocol", "uses", "secrets", "writable", "base"])
_CLASS_ENTRY = "java"  # its entry is a class name; everybody else's is a file


def read_application(folder: Path) -> Application:
    """Read `folder`/app.yaml.

    Raises:
        WrongInput: no such file, no YAML, an unknown key, a value that does not fit, or a
            file it names that is not there.
    """
    path = folder / "app.yaml"
    values = _load(path)
    for key in sorted(set(values) - set(_KEYS) - _OTHERS):
        near = difflib.get_close_matches(key, _KEYS, n=1)
        raise WrongInput(
            f"{path}: unknown key {key!r}",
            remedy=f"did you mean {near[0]!r}?" if near else f"keys are {', '.join(_KEYS)}",
        )
    values = {key: value for key, value in values.items() if key in _KEYS}
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
    return {str(key): value for key, value in values.items()}


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
    for mount in application.volumes.values():
        if ".." in mount.path.split("/") or ":" in mount.path:
            raise WrongInput(
                f"{path}: {mount.path!r} is no mount point", remedy="write it like /archive"
            )
