"""The guest's kernel: Debian's source, cut to what one application in a guest needs."""

from __future__ import annotations

import shutil
from pathlib import Path

from runs.telling import tell
from toolchains.cache import key_of, stored
from toolchains.linux.buildroot import BuildFailed, BuildRoot

SOURCE_PACKAGE = "linux-source-6.12"
_FRAGMENT = Path(__file__).with_name("kernel.config")
_PATCH = Path(__file__).with_name("kernel.patch")
# The same bytes from the same source, whenever and wherever it is built.
_REPRODUCIBLE = (
    "KBUILD_BUILD_TIMESTAMP=1970-01-01",
    "KBUILD_BUILD_USER=epos",
    "KBUILD_BUILD_HOST=virt",
)


def over(more: Path) -> str:
    """Give kernel.config with further lines; those win over its own for the same option."""
    lines = _FRAGMENT.read_text().splitlines()
    further = more.read_text().splitlines()
    decided = {name for line in further if (name := _option(line))}
    kept = (line for line in lines if _option(line) not in decided)
    return "\n".join([*kept, *further, ""])


def _option(line: str) -> str:
    """Name the option a line decides: of `CONFIG_X=y`, and of `# CONFIG_X is not set`."""
    name = line.removeprefix("# ").partition(" ")[0].partition("=")[0]
    return name if name.startswith("CONFIG_") else ""


def kernel(root: BuildRoot, cache: Path, fragment: str = "") -> Path:
    """Give the folder with a kernel (`kernel`) and its configuration (`config`).

    Args:
        root: where it is compiled.
        cache: where it is kept.
        fragment: what it has, on top of `make tinyconfig`; by default kernel.config.
    """
    fragment = fragment or _FRAGMENT.read_text()
    patch = _PATCH.read_text()
    compilers = [root.version(package) for package in (SOURCE_PACKAGE, "gcc", "binutils")]

    def make(folder: Path) -> None:
        tell(f"kernel: {SOURCE_PACKAGE} {root.version(SOURCE_PACKAGE)}, about three minutes")
        with root.work_folder("kernel") as work:
            _unpack(root, work, patch)
            _compile(root, work, fragment)
            source = work / SOURCE_PACKAGE
            shutil.copyfile(source / "arch/x86/boot/bzImage", folder / "kernel")
            shutil.copyfile(source / ".config", folder / "config")

    return stored(cache / "kernels", key_of("kernel", 1, fragment, patch, compilers), make)[0]


def _unpack(root: BuildRoot, work: Path, patch: str) -> None:
    root.run("tar", "--extract", "--file", f"/usr/src/{SOURCE_PACKAGE}.tar.xz", folder=work)
    (work / _PATCH.name).write_text(patch)
    options = ("--strip=1", "--forward", f"--input=../{_PATCH.name}")
    root.run("patch", *options, folder=work / SOURCE_PACKAGE)


def _compile(root: BuildRoot, work: Path, fragment: str) -> None:
    source = work / SOURCE_PACKAGE
    (source / "guest.config").write_text(fragment)
    root.run("make", "-s", "tinyconfig", folder=source)
    root.run("scripts/kconfig/merge_config.sh", "-m", ".config", "guest.config", folder=source)
    root.run("make", "-s", "olddefconfig", folder=source)
    if lost := lost_options(fragment, (source / ".config").read_text()):
        raise BuildFailed(
            f"{len(lost)} lines of kernel.config did not survive olddefconfig",
            seen="\n".join(lost),
            remedy="another option they depend on is missing, or forces them; see Kconfig",
        )
    root.run("nice", "-n", "5", "make", "-s", "-j2", "bzImage", *_REPRODUCIBLE, folder=source)


def lost_options(fragment: str, config: str) -> list[str]:
    """Give the lines of `fragment` that the finished `config` does not say too.

    A line `# CONFIG_X is not set` also holds where CONFIG_X does not appear at all.
    """
    have = set(config.splitlines())
    set_names = {line.split("=")[0] for line in have if line.startswith("CONFIG_")}
    return [
        line
        for line in fragment.splitlines()
        if (line.startswith("CONFIG_") and line not in have)
        or (line.startswith("# CONFIG_") and line.split()[1] in set_names)
    ]
