"""An environment's file with another technique for its applications; all else stays as written."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from deployments.files import wrong_files
from deployments.load import environment_of
from deployments.model import Environment
from errors import WrongInput
from history.metric import Technique

MiB = 2**20
WIDEST = 4096  # characters: no line of the file is broken anew
OF_UNIKERNELS = ("toolchain", "type", "start", "memory")  # others' memory has no limit of its


def rewritten(
    environment: Environment, wanted: Mapping[str, Technique], memory: Mapping[str, int], file: Path
) -> str:
    """Give the text of an environment in which applications have the techniques that are wanted.

    Args:
        environment: as its file has it.
        wanted: technique by the application's name; others stay.
        memory: of those that become unikernels, bytes that their guest was measured with.
        file: where the text is to be; what it names relative to itself is named from there.

    Raises:
        WrongInput: no such environment can be; names line and field.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDEST
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(environment.path.read_text(encoding="utf-8"))
    for app in document["applications"]:
        technique = wanted.get(app["name"])
        if technique and technique != environment.application(app["name"]).technique:
            _change(app, technique, environment, memory.get(app["name"], 0))
    _move(document, environment.folder, Path(os.path.abspath(file)).parent)
    text = io.StringIO()
    yaml.dump(document, text)
    _check(text.getvalue(), file)
    return text.getvalue()


def _change(app: Any, technique: Technique, environment: Environment, memory: int) -> None:
    app["technique"] = technique
    if technique == "unikernel":
        app.pop("domu", None)
        if memory:
            app["memory"] = f"{-(-memory // MiB)} MiB"
        return
    for key in OF_UNIKERNELS:
        app.pop(key, None)
    if technique == "vm":  # without a domU's name it gets one of its own
        app.pop("domu", None)
        return
    hosts = [str(one.domu) for one in environment.containers] + [
        domu.name for domu in environment.domus
    ]
    if hosts and "domu" not in app:
        app.insert(list(app).index("technique") + 1, "domu", hosts[0])


def _move(document: Any, old: Path, new: Path) -> None:
    """Name what is relative to the file from its new folder."""
    if old == new:
        return
    holders = [(app, "source") for app in document["applications"]]
    holders += [(domu.get("root", {}), "tarball") for domu in document.get("domus", [])]
    holders += [(document["archive"], "folder")] if document.get("archive") else []
    for holder, key in holders:
        if key in holder and not os.path.isabs(holder[key]):
            holder[key] = os.path.relpath(old / holder[key], new)


def _check(text: str, file: Path) -> None:
    findings = wrong_files(environment_of(text, file))
    if findings:
        place, message, remedy = findings[0]
        where = ".".join(str(step) for step in place)
        raise WrongInput(f"{file}: {where}: {message}", remedy=remedy)
