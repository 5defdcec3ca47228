"""Programs that are already compiled, static or dynamic, for Debian 13 or older."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from toolchains.cache import key_of_files
from toolchains.interface import Application
from toolchains.linux import closure
from toolchains.linux.buildroot import BuildRoot

PACKAGE = "libc6"
COMPRESSION = "lz4"
DEBIAN_PACKAGES: tuple[str, ...] = ()
ENVIRONMENT: Mapping[str, str] = {}


def command(application: Application, tree: Path) -> list[str]:
    """Give what PID 1 starts."""
    del tree
    return [f"/app/{application.entry}", *application.options]


def closure_key(
    root: BuildRoot, application: Application, files: Sequence[Path], cache: Path
) -> object:
    """Give what the closure depends on: the programs themselves."""
    del root, cache
    programs = [file for file in files if closure.is_elf(file)]
    return {"programs": key_of_files(programs, application.folder)}


def make_closure(
    root: BuildRoot, application: Application, files: Sequence[Path], tree: Path, cache: Path
) -> None:
    """Stage the shared libraries that the programs need."""
    del application, files, cache
    closure.add_libraries(root, tree, of=tree.parent / "application")


def make_application(
    root: BuildRoot, application: Application, files: Sequence[Path], tree: Path, base: Path
) -> None:
    """Make the entry executable."""
    del root, files, base
    (tree / "app" / application.entry).chmod(0o755)
