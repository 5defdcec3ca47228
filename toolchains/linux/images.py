"""Putting an image together: kernel, closure of the runtime, the application's files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from errors import WrongInput
from runs.telling import tell
from toolchains.cache import find, key_of, key_of_files, stored
from toolchains.interface import Application, Image
from toolchains.linux import binary, closure, container, java, perl, python
from toolchains.linux.buildroot import (
    BuildRoot,
    build_root,
    debian_packages,
    find_build_root,
)
from toolchains.linux.commandline import encoded
from toolchains.linux.kernel import SOURCE_PACKAGE, kernel
from toolchains.linux.pid1 import SETTINGS, compile_init, sources_key
from toolchains.rewritten import code_key

RUNTIMES: Mapping[str, ModuleType] = {
    "python": python,
    "java": java,
    "perl": perl,
    "binary": binary,
}
_HERE = Path(__file__).parent
_DIRECTLY = _HERE / "run_directly.py"  # runs images, makes none
# Not part of an application in a guest: what describes it, builds it or tests it.
_LEFT_OUT = frozenset(
    [
        *("app.yaml", "Dockerfile", ".dockerignore", ".gitignore", "README.md"),
        *("tests", "__pycache__", ".pytest_cache"),
    ]
)
# Measured with Python and http.server, in instructions until it listens and in MB with the kernel:
# squashfs lz4 0.66e9 and 8.6, squashfs zstd 0.86e9 and 7.3, cpio zstd 0.80e9 and 6.8, cpio lz4
# 0.57e9 and 8.4; but a cpio archive stays in memory unpacked, 12 MB more, and a squashfs ramdisk
# twice while it is copied. From a block device only what is used comes in, and goes again.
_COMPRESSIONS = {
    "lz4": ("-comp", "lz4", "-Xhc", "-b", "128K"),
    # Java: 256K is 0.75 MB smaller than 128K for 1 % more instructions; 1M 2 MB for 13 %.
    "zstd": ("-comp", "zstd", "-Xcompression-level", "22", "-b", "256K"),
}
_SQUASH = (
    *("-all-root", "-no-xattrs", "-all-time", "0", "-mkfs-time", "0"),
    *("-no-progress", "-quiet", "-processors", "2"),
)
_IN_IMAGE = {  # what app.yaml says of it that its image depends on
    *("name", "runtime", "entry", "port", "answer", "volumes", "environment", "memory"),
    *("modules", "files", "options"),
}


@dataclass(frozen=True)
class Launch:
    """What is started, and in what."""

    command: Sequence[str]
    environment: Mapping[str, str]
    directory: str


def look(application: Application, cache: Path) -> Image | None:
    """Give the image that was built of an application; None where `build` would make one."""
    if application.runtime == "image":
        return container.look(application, cache, _code_key())
    runtime = RUNTIMES[application.runtime]
    root = find_build_root(cache, more=debian_packages_of(application, runtime))
    if root is None:
        return None
    key = _key(root, application, application_files(application))
    entry = find(_store(application, cache), key)
    return _image(application, entry, runtime, key, built=False) if entry else None


def build(application: Application, cache: Path) -> Image:
    """Build an application's image; what did not change is taken from `cache`."""
    if application.runtime == "image":
        return container.build(application, cache, _code_key())
    runtime = RUNTIMES[application.runtime]
    root = build_root(cache, more=debian_packages_of(application, runtime))
    files = application_files(application)
    key = _key(root, application, files)

    def make(folder: Path) -> None:
        tell(f"{application.name}: building")
        # The kernel last: one compiles it, for all, while the others make their closures.
        base = closure_layer(root, application, runtime, files, cache)
        guest_kernel = kernel(root, cache)
        shutil.copyfile(guest_kernel / "kernel", folder / "kernel")
        with root.work_folder("application") as work:
            shutil.copyfile(base / "layer", work / "root")
            tree = application_tree(root, application, runtime, files, work)
            # Appended: the closure is not compressed again.
            root.run("mksquashfs", tree.name, "root", *_SQUASH, folder=work)
            shutil.copyfile(work / "root", folder / "root")
        description = {"packages": _packages(root, runtime), "port": application.port}
        (folder / "image.json").write_text(json.dumps(description))

    entry, built = stored(_store(application, cache), key, make)
    return _image(application, entry, runtime, key, built=built)


def _key(root: BuildRoot, application: Application, files: Sequence[Path]) -> str:
    described = application.model_dump(mode="json", include=_IN_IMAGE)
    sources = key_of_files(files, application.folder)
    return key_of(root.key, described, application.required, sources, _code_key())


def _store(application: Application, cache: Path) -> Path:
    return cache / "images" / application.name


def debian_packages_of(application: Application, runtime: ModuleType) -> list[str]:
    """List what the build root must have for it."""
    if application.runtime == "python":  # its requirements are pip's
        return []
    return [*runtime.DEBIAN_PACKAGES, *debian_packages(application.requirements_file)]


def _image(
    application: Application, entry: Path, runtime: ModuleType, key: str, *, built: bool
) -> Image:
    description = json.loads((entry / "image.json").read_text())
    packages = description["packages"]
    return Image(
        name=application.name,
        key=key,
        toolchain="linux",
        runtime=f"{application.runtime} {packages.get(runtime.PACKAGE, '')}".strip(),
        kernel=entry / "kernel",
        root=entry / "root",
        root_kind="block",
        size_bytes=(entry / "kernel").stat().st_size + (entry / "root").stat().st_size,
        port=application.port,
        packages=packages,
        built=built,
    )


def _packages(root: BuildRoot, runtime: ModuleType) -> dict[str, str]:
    names = [SOURCE_PACKAGE, "libc6", "musl", runtime.PACKAGE]
    return {name: root.packages[name] for name in names if name in root.packages}


def application_files(application: Application) -> list[Path]:
    """Give the files that go into the image, sorted.

    Raises:
        WrongInput: a pattern of `files` matches nothing, or a link leads out of the folder.
    """
    folder = application.folder
    if application.files:
        matches = {pattern: list(folder.glob(pattern)) for pattern in application.files}
        for pattern, found in matches.items():
            if not found:
                raise WrongInput(
                    f"{application.name}: `files` pattern {pattern!r} matches nothing",
                    remedy=f"correct it in {folder}/app.yaml",
                )
        chosen = {file for found in matches.values() for file in found}
    else:
        chosen = set(folder.rglob("*"))
    kept = sorted(file for file in chosen if file.is_file() and not _left_out(file, folder))
    for file in kept:
        if folder not in file.resolve().parents:
            raise WrongInput(
                f"{file} leads out of the application's folder", remedy="replace the link"
            )
    return kept


def _left_out(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    return any(part in _LEFT_OUT for part in parts) or parts[0].startswith(".")


def _code_key() -> str:
    """Give the key of this toolchain itself: a change of how images are made remakes them."""
    suffixes = (".py", ".c", ".h", ".config", ".patch")
    files = [file for file in _HERE.rglob("*") if file.suffix in suffixes and file != _DIRECTLY]
    return key_of_files(files, _HERE, code_key)


def closure_layer(
    root: BuildRoot,
    application: Application,
    runtime: ModuleType,
    files: Sequence[Path],
    cache: Path,
) -> Path:
    """Give the folder of the root file system without the application (`layer`)."""
    mounts = sorted(mount.path for mount in application.volumes.values())
    code = [Path(str(module.__file__)).read_text() for module in (runtime, closure)]
    code.append(sources_key())
    compression = _COMPRESSIONS[runtime.COMPRESSION]
    wanted = runtime.closure_key(root, application, files, cache)
    key = key_of(root.key, application.runtime, wanted, mounts, code, _SQUASH, compression)

    def make(folder: Path) -> None:
        tell(f"{application.name}: closure of the {application.runtime} runtime")
        with root.work_folder("closure") as work:
            tree = work / "tree"
            closure.start_tree(tree, mounts)
            _copy_sources(application, files, work / "application")
            runtime.make_closure(root, application, files, tree, cache)
            _add_init(root, work, tree)
            options = ("-noappend", *compression, *_SQUASH)
            root.run("mksquashfs", tree.name, "layer", *options, folder=work)
            shutil.copyfile(work / "layer", folder / "layer")
            listing = [str(file.relative_to(tree)) for file in sorted(tree.rglob("*"))]
            (folder / "files").write_text("\n".join(listing))

    return stored(cache / "closures", key, make)[0]


def _add_init(root: BuildRoot, work: Path, tree: Path) -> None:
    shutil.copy(compile_init(root, work), tree / "init")
    (tree / "usr/sbin/poweroff").symlink_to("/init")


def application_tree(
    root: BuildRoot,
    application: Application,
    runtime: ModuleType,
    files: Sequence[Path],
    work: Path,
) -> Path:
    """Make the folder of what an image has besides its closure: the application, its settings."""
    tree = work / "tree"
    _copy_sources(application, files, tree / "app")
    runtime.make_application(root, application, files, tree, work / "root")
    (tree / SETTINGS).write_text(settings_text(application, runtime, tree))
    return tree


def _copy_sources(application: Application, files: Sequence[Path], target: Path) -> None:
    target.mkdir(parents=True)
    for file in files:
        copy = target / file.relative_to(application.folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)


def settings_text(application: Application, runtime: ModuleType, tree: Path) -> str:
    """Give /epos-init.conf: what PID 1 starts when the command line says nothing else."""
    started = started_as(application, runtime, tree)
    lines = [f"arg={encoded(word)}" for word in started.command]
    lines += (f"env.{name}={encoded(value)}" for name, value in started.environment.items())
    own = [f"directory={started.directory}", f"hostname={encoded(application.name)}"]
    return "\n".join([*lines, *own, ""])


def started_as(application: Application, runtime: ModuleType, tree: Path) -> Launch:
    """Say how an application is started from its own root file system."""
    environment = {"PATH": "/usr/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}
    environment |= runtime.ENVIRONMENT | dict(application.environment)
    return Launch(runtime.command(application, tree), environment, "/app")
