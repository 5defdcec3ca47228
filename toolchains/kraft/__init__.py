"""Unikraft, built by kraft: an application's Kraftfile becomes a kernel that boots as Xen PV."""

from __future__ import annotations

import fnmatch
import json
import shutil
import tempfile
from pathlib import Path

from runs.child import ProgramFailed
from runs.telling import tell
from toolchains.cache import find, key_of, key_of_files, stored
from toolchains.interface import Application, GuestSettings, Image
from toolchains.kraft.kraftfile import Kraftfile, read_kraftfile
from toolchains.line import refuse_characters, refuse_volumes, whole_line
from toolchains.program import Program

__all__ = ["build", "command_line", "describe", "look", "name", "summary"]

name = "kraft"
summary = "Unikraft by the program kraft: whatever has a Kraftfile with target xen/x86_64"

KRAFT = Program(
    "kraft",
    how_to_get="install KraftKit as Unikraft's documentation says (`Installation`)",
    # It asks for updates at each start otherwise.
    environment={"KRAFTKIT_NO_CHECK_UPDATES": "true", "KRAFTKIT_NO_PROMPT": "true"},
)
BUILD = ("--plat", "xen", "--arch", "x86_64", "--log-type", "basic", "--no-prompt")
# An archive in cpio's format "newc" without a file: for a kernel that has all it needs.
NO_FILES = (b"070701%s00000001%s0000000b00000000TRAILER!!!\0" % (b"0" * 32, b"0" * 48)).ljust(
    512, b"\0"
)
_LEFT_OUT = (".unikraft", ".config*", "__pycache__", ".pytest_cache", ".git")


def look(application: Application, cache: Path) -> Image | None:
    """Give the kernel that was built of an application; None where `build` would make one.

    Raises:
        WrongInput: it has no Kraftfile for Xen.
        ProgramFailed: kraft is absent.
    """
    read_kraftfile(application.folder)
    version = _version(application)
    key = _key(application, version)
    entry = find(_store(application, cache), key)
    return _image(application, entry, key, version, built=False) if entry else None


def build(application: Application, cache: Path) -> Image:
    """Build an application's kernel with kraft, or give the cached one.

    Raises:
        WrongInput: it has no Kraftfile for Xen.
        ProgramFailed: kraft is absent, failed, or left no kernel.
    """
    kraftfile = read_kraftfile(application.folder)
    version = _version(application)
    key = _key(application, version)

    def make(folder: Path) -> None:
        tell(f"{application.name}: kraft builds")
        with tempfile.TemporaryDirectory(dir=folder) as work:
            # Its name is that of the project where the Kraftfile has none.
            project = Path(work) / application.folder.name
            ignored = shutil.ignore_patterns(*_LEFT_OUT)
            shutil.copytree(application.folder, project, ignore=ignored)
            printed = KRAFT.run("build", *BUILD, ".", folder=project)
            _keep(project, kraftfile, folder, printed)
        about = {"command": kraftfile.command, "version": version.splitlines()[:1]}
        (folder / "image.json").write_text(json.dumps(about))

    entry, built = stored(_store(application, cache), key, make)
    return _image(application, entry, key, version, built=built)


def _version(application: Application) -> str:
    return KRAFT.run("version", folder=application.folder).strip()


def _key(application: Application, version: str) -> str:
    return key_of(version, application.port, key_of_files(_files(application), application.folder))


def _store(application: Application, cache: Path) -> Path:
    return cache / "kraft" / application.name


def _files(application: Application) -> list[Path]:
    """Give all files kraft could read: a Kraftfile may name any of them."""
    below = application.folder
    return [
        file
        for file in sorted(below.rglob("*"))
        if file.is_file() and not any(map(_left_out, file.relative_to(below).parts))
    ]


def _left_out(part: str) -> bool:
    return any(fnmatch.fnmatch(part, wild) for wild in _LEFT_OUT)


def _keep(project: Path, kraftfile: Kraftfile, folder: Path, printed: str) -> None:
    """Take kernel and initial ramdisk out of a built project."""
    output = project / kraftfile.output
    kernel = output / f"{kraftfile.name}_xen-x86_64"
    if not kernel.is_file():
        found = sorted(file.name for file in output.glob("*")) if output.is_dir() else []
        raise ProgramFailed(
            f"kraft ended well, but left no {kraftfile.output}/{kernel.name}",
            seen="\n".join([f"there: {', '.join(found) or 'nothing'}", *printed.splitlines()[-5:]]),
            remedy="compare `name`, `outdir` and `targets` in the Kraftfile",
        )
    shutil.copyfile(kernel, folder / "kernel")
    ramdisk = project / ".unikraft/build/initramfs-x86_64.cpio"
    if ramdisk.is_file():
        shutil.copyfile(ramdisk, folder / "root")
    else:
        (folder / "root").write_bytes(NO_FILES)


def _image(application: Application, entry: Path, key: str, version: str, *, built: bool) -> Image:
    kernel, root = entry / "kernel", entry / "root"
    return Image(
        name=application.name,
        key=key,
        toolchain=name,
        runtime=f"{application.runtime} on Unikraft",
        kernel=kernel,
        root=root,
        root_kind="initramfs",
        size_bytes=kernel.stat().st_size + root.stat().st_size,
        port=application.port,
        packages={"kraft": version.partition("\n")[0].removeprefix("kraft ")},
        built=built,
    )


def describe(image: Image) -> dict[str, object]:
    """Say what is in an image, as values that JSON has."""
    return {
        **image.model_dump(mode="json"),
        "kernel_bytes": image.kernel.stat().st_size,
        "root_bytes": image.root.stat().st_size,
        "command": _command(image),
        "boots_as": ["xen-pv"],
    }


def _command(image: Image) -> list[str]:
    about = json.loads((image.kernel.parent / "image.json").read_text())
    return [str(word) for word in about["command"]]


def command_line(image: Image, settings: GuestSettings) -> str:
    """Give Unikraft's command line: its libraries' parameters, `--`, the application's arguments.

    Unikraft has one console and one root, and reports nothing: `console`, `root_device` and
    `watch` change nothing. See lib/uknetdev, lib/posix-environ and lib/vfscore of Unikraft.

    Raises:
        WrongInput: there are volumes, a value that cannot be passed, or the line is too long.
    """
    refuse_volumes(image, settings.volumes, "Unikraft on Xen mounts 9P shares and its ramdisk only")
    # Values stand in double quotes in a list that ends at a bracket.
    refuse_characters(settings.environment, '"\\[]', "Unikraft")
    words = [image.name.lower()]  # the first is the program's own name
    if settings.address is not None:
        # ADDRESS/PREFIX:GATEWAY:DNS0:DNS1; an empty field is none.
        servers = [*settings.nameservers[:2], "", ""][:2]
        parts = [settings.address, settings.gateway or "", *servers]
        words.append("netdev.ip=" + ":".join(parts).rstrip(":"))
    if settings.environment:
        quoted = (f'"{variable}={value}"' for variable, value in settings.environment.items())
        words.append(f"env.vars=[ {' '.join(quoted)} ]")
    if image.root.read_bytes() != NO_FILES:
        words.append('vfs.fstab=[ "initrd0:/:extract::ramfs=1:" ]')
    return whole_line(image, [*words, "--", *_command(image), *settings.arguments])
