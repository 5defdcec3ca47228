"""Programs that are already compiled, static or dynamic, for Debian 13 or older."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from toolchains.cache import key_of_files
from toolchains.interface import Application
from toolchains.linux import closure
from toolchains.linux.buildroot import BuildRoot

PACKAGE = "libc6"
ENVIRONMENT: Mapping[str, str] = {}


def command(application: Application) -> list[str]:
    """Give what PID 1 starts."""
    return [f"/app/{application.entry}", *application.options]


def closure_key(application: Application, files: Sequence[Path]) -> Mapping[str, object]:
    """Give what the closure depends on: the programs themselves."""
    programs = [file for file in files if closure.is_elf(file)]
    return {"programs": key_of_files(programs, application.folder)}


def make_closure(
    root: BuildRoot, application: Application, files: Sequence[Path], tree: Path
) -> None:
    """Stage the shared libraries that the programs need."""
    del files
    closure.add_libraries(root, tree, of=tree.parent / "application")


def make_application(root: BuildRoot, application: Application, tree: Path) -> None:
    """Make the entry executable."""
    del root
    (tree / "app" / application.entry).chmod(0o755)
