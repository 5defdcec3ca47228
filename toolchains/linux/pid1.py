"""PID 1 of a guest: compiled from init/, and the file of settings that it reads."""

from __future__ import annotations

import shutil
from pathlib import Path

from toolchains.cache import key_of_files
from toolchains.linux.buildroot import BuildRoot

SETTINGS = "epos-init.conf"  # at the top: an archive is appended to, its folders are not merged
_SOURCES = Path(__file__).with_name("init")


def sources_key() -> str:
    """Give the key of its sources."""
    return key_of_files(_SOURCES.iterdir(), _SOURCES)


def compile_init(root: BuildRoot, work: Path) -> Path:
    """Compile it in a folder of the build root; give the program."""
    shutil.copytree(_SOURCES, work / "init")
    sources = sorted(file.name for file in _SOURCES.glob("*.c"))
    # musl has no headers of the kernel; Debian's are taken after its own.
    headers = ("-idirafter", "/usr/include", "-idirafter", "/usr/include/x86_64-linux-gnu")
    options = ("-std=gnu11", "-D_GNU_SOURCE", "-Os", "-Wall", "-Wextra", "-Werror", "-static", "-s")
    root.run("musl-gcc", *options, *headers, "-o", "init", *sources, folder=work / "init")
    return work / "init" / "init"
