"""What is sent to UniK's daemon: an application's files and UniK's own manifest.yaml."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML

from errors import WrongInput
from toolchains.interface import Application
from toolchains.linux.images import application_files

MANIFEST = "manifest.yaml"


class Base(NamedTuple):
    """What an image is built on."""

    base: str
    language: str

    def __str__(self) -> str:
        """Give it as UniK's documentation writes it."""
        return f"{self.base}/{self.language}"


BASES: Mapping[str, Base] = {"java": Base("osv", "java"), "python": Base("rump", "python")}


def base_of(application: Application) -> Base:
    """Give the base that runs an application.

    Raises:
        WrongInput: UniK has none for its runtime.
    """
    if application.runtime not in BASES:
        can = ", ".join(f"{runtime} (on {base})" for runtime, base in BASES.items())
        raise WrongInput(
            f"{application.name}: UniK cannot build a unikernel for {application.runtime}",
            remedy=f"UniK builds {can}; toolchain linux builds {application.runtime}",
        )
    return BASES[application.runtime]


def manifest(application: Application) -> str:
    """Give UniK's manifest.yaml: the application's own, or one from app.yaml.

    Raises:
        WrongInput: it has none and is of Java: UniK must be told how to make its jar.
    """
    own = application.folder / MANIFEST
    if own.is_file():
        return own.read_text(encoding="utf-8")
    if application.runtime == "java":
        raise WrongInput(
            f"{application.name} has no {MANIFEST}, so UniK cannot know how to build it",
            remedy=f"write {own} with the jar that holds all (main_file: target/app.jar), how to "
            "make it where it is not there (build_command: mvn package), and runtime_args",
        )
    values = {"main_file": application.entry}
    if application.options:
        values["runtime_args"] = " ".join(application.options)
    text = io.StringIO()
    YAML(typ="safe", pure=True).dump(values, text)
    return text.getvalue()


def sources(application: Application) -> list[Path]:
    """Give the files to send, without the manifest."""
    own = application.folder / MANIFEST
    return [file for file in application_files(application) if file != own]


def archive(application: Application, files: Sequence[Path]) -> bytes:
    """Pack files and manifest; the same files give the same bytes."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w") as tar,
    ):
        _add(tar, MANIFEST, manifest(application).encode(), executable=False)
        for file in files:
            name = str(file.relative_to(application.folder))
            _add(tar, name, file.read_bytes(), executable=bool(file.stat().st_mode & 0o100))
    return packed.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes, *, executable: bool) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    member.mode = 0o755 if executable else 0o644
    tar.addfile(member, io.BytesIO(content))
