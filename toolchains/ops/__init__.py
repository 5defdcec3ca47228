"""Nanos, built by ops: the kernel of its release and a disk with the application.

Nanos does not boot as Xen PV. Its kernel has the entry for PVH and the drivers of Xen, so a PVH
guest with kernel, disk and command line is the way there; nobody is known to have tried it.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from errors import WrongInput
from runs.child import ProgramFailed
from runs.telling import tell
from toolchains.cache import find, key_of, key_of_files, stored
from toolchains.interface import Application, GuestSettings, Image
from toolchains.line import refuse_characters, refuse_volumes, whole_line
from toolchains.linux.images import application_files
from toolchains.program import Program

__all__ = ["build", "command_line", "describe", "look", "name", "summary"]

name = "ops"
summary = "Nanos by the program ops: Python and binaries; needs Xen PVH"

OPS = Program(
    "ops",
    how_to_get="install OPS (its documentation: `Installation`), or build it with `go build` "
    "from its sources, then `ops update` for the Nanos kernel",
    environment={},
)
# Packages of ops, for runtimes that are no program of their own.
PACKAGES: Mapping[str, str] = {"python": "eyberg/python:3.8.6"}
_NANOS = re.compile(r"^Nanos version: (\S+)$", re.MULTILINE)  # Nanos version: 0.1.50


def look(application: Application, cache: Path) -> Image | None:
    """Give the disk that was built of an application; None where `build` would make one.

    Raises:
        WrongInput: ops has no package for its runtime.
        ProgramFailed: ops is absent.
    """
    _check_runtime(application)
    version = _version(application)
    key = _key(application, version, application_files(application))
    entry = find(_store(application, cache), key)
    return _image(application, entry, key, version, built=False) if entry else None


def build(application: Application, cache: Path) -> Image:
    """Build an application's disk with ops, or give the cached one, with its kernel.

    Raises:
        WrongInput: ops has no package for its runtime.
        ProgramFailed: ops is absent, failed, or left no disk or kernel.
    """
    _check_runtime(application)
    version = _version(application)
    files = application_files(application)
    wanted = configuration(application, files)
    key = _key(application, version, files)
    # Marked as ours, and without a dot: ops cuts names there.
    called = f"epos-{re.sub('[^a-z0-9]+', '-', application.name.lower())}-{key[:16]}"

    def make(folder: Path) -> None:
        tell(f"{application.name}: ops builds")
        shutil.copyfile(_kernel(version), folder / "kernel")
        settings = folder / "ops.json"
        settings.write_text(json.dumps(wanted))
        printed = OPS.run(*_command(application, called, settings), folder=application.folder)
        shutil.move(_disk(called, printed), folder / "root")

    entry, built = stored(_store(application, cache), key, make)
    return _image(application, entry, key, version, built=built)


def _check_runtime(application: Application) -> None:
    if application.runtime not in (*PACKAGES, "binary"):
        raise WrongInput(
            f"{application.name}: ops cannot build an image for {application.runtime}",
            remedy=f"ops builds {', '.join([*PACKAGES, 'binary'])}; "
            f"toolchain linux builds {application.runtime}",
        )


def _version(application: Application) -> str:
    return OPS.run("version", folder=application.folder).strip()


def _key(application: Application, version: str, files: Sequence[Path]) -> str:
    wanted = configuration(application, files)
    sources = key_of_files(files, application.folder)
    return key_of(version, application.port, _command(application, "", Path()), wanted, sources)


def _store(application: Application, cache: Path) -> Path:
    return cache / "ops" / application.name


def configuration(application: Application, files: Sequence[Path]) -> dict[str, object]:
    """Give ops' configuration: what is started, the files on the disk, the environment."""
    arguments = [*application.options]
    if application.runtime != "binary":
        arguments.insert(0, application.entry)
    names = [str(file.relative_to(application.folder)) for file in files]
    return {
        "Args": arguments,
        "Files": [
            one for one in names if application.runtime != "binary" or one != application.entry
        ],
        "Env": dict(application.environment),
        "RunConfig": {"Ports": [str(application.port)]},
    }


def _command(application: Application, image: str, settings: Path) -> list[str]:
    options = ["-c", str(settings), "-i", image]
    if application.runtime == "binary":
        return ["build", application.entry, *options]
    return ["image", "create", "--package", PACKAGES[application.runtime], *options]


def _home() -> Path:
    return Path(os.environ.get("OPS_HOME") or Path.home() / ".ops")


def _kernel(version: str) -> Path:
    """Find the kernel of the Nanos release that ops uses."""
    found = _NANOS.search(version)
    path = _home() / (found[1] if found else "none") / "kernel.img"
    if not path.is_file():
        raise ProgramFailed(
            "ops has no Nanos kernel",
            seen=f"not there: {path}\n{version}",
            remedy="ops update; OPS_HOME names its folder where that is not ~/.ops",
        )
    return path


def _disk(called: str, printed: str) -> Path:
    """Find the disk that ops made; older ones end its name with .img."""
    images = _home() / "images"
    for path in (images / called, images / f"{called}.img"):
        if path.is_file():
            return path
    raise ProgramFailed(
        f"ops ended well, but left no image {called}",
        seen="\n".join([f"looked in {images}", *printed.splitlines()[-10:]]),
        remedy="OPS_HOME names its folder where that is not ~/.ops",
    )


def _image(application: Application, entry: Path, key: str, version: str, *, built: bool) -> Image:
    kernel, root = entry / "kernel", entry / "root"
    nanos = _NANOS.search(version)
    called, _, release = PACKAGES.get(application.runtime, "").partition(":")
    package = {called: release} if called else {}
    return Image(
        name=application.name,
        key=key,
        toolchain=name,
        runtime=f"{application.runtime} on Nanos",
        kernel=kernel,
        root=root,
        root_kind="block",
        size_bytes=kernel.stat().st_size + root.stat().st_size,
        port=application.port,
        packages={"nanos": nanos[1] if nanos else "", **package},
        built=built,
    )


def describe(image: Image) -> dict[str, object]:
    """Say what is in an image, as values that JSON has."""
    return {
        **image.model_dump(mode="json"),
        "kernel_bytes": image.kernel.stat().st_size,
        "root_bytes": image.root.stat().st_size,
        "boots_as": ["xen-pvh"],
    }


def command_line(image: Image, settings: GuestSettings) -> str:
    """Give Nanos' command line: each word sets one value of the image's manifest.

    Nanos finds its disk and its console itself, reports nothing, and takes name servers from the
    image alone: `root_device`, `console`, `watch` and `nameservers` change nothing.

    Raises:
        WrongInput: there are volumes or arguments, a value that cannot be passed, or the line is
            too long.
    """
    refuse_volumes(image, settings.volumes, "Nanos mounts volumes of its own file system only")
    if settings.arguments:
        raise WrongInput(
            f"{image.name}: Nanos cannot append arguments, only replace all of them",
            remedy="write them as `options` into app.yaml",
        )
    refuse_characters(settings.environment, " ", "Nanos")
    words = []
    if settings.address is not None:
        interface = ipaddress.IPv4Interface(settings.address)
        words += [f"en1.ipaddr={interface.ip}", f"en1.netmask={interface.netmask}"]
    if settings.gateway is not None:
        words.append(f"en1.gateway={settings.gateway}")
    words += (f"environment.{variable}={value}" for variable, value in settings.environment.items())
    return whole_line(image, words)
