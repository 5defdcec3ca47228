"""Which shared libraries a set of programs needs, and copying them into a tree."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from toolchains.linux.buildroot import BuildFailed, BuildRoot

_ELF = b"\x7fELF"
# "libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f…)", "/lib64/ld-linux….so.2 (0x…)",
# "libjvm.so => not found", "linux-vdso.so.1 (0x…)"
_LINE = re.compile(r"^\s+(?:(?P<name>\S+) => )?(?P<path>/\S+|not found)")


def parse_ldd(listing: str) -> tuple[set[str], set[str]]:
    """Read `ldd FILE...`: the libraries' paths, and the names of those not found."""
    found, missing = set(), set()
    for line in listing.splitlines():
        if match := _LINE.match(line):
            if match["path"] == "not found":
                missing.add(match["name"])
            else:
                found.add(match["path"])
    return found, missing


def is_elf(file: Path) -> bool:
    """Say whether a file is a program or a shared library."""
    with file.open("rb") as stream:
        return stream.read(4) == _ELF


def add_libraries(
    root: BuildRoot, tree: Path, *, of: Path | None = None, search: Iterable[str] = ()
) -> None:
    """Copy into `tree` every shared library that an ELF file needs.

    Args:
        root: where the libraries come from.
        tree: a folder inside the build root.
        of: the folder with the ELF files, inside the build root; the tree itself by default.
        search: further folders of `tree`, as absolute paths in the guest.

    Raises:
        BuildFailed: a library is neither in the tree nor in the build root.
    """
    inside = f"/{tree.relative_to(root.folder)}"
    files = [file for file in (of or tree).rglob("*") if file.is_file() and not file.is_symlink()]
    programs = [f"/{file.relative_to(root.folder)}" for file in files if is_elf(file)]
    for program in programs:  # ldd takes execute permission as a condition
        (root.folder / program[1:]).chmod(0o755)
    if not programs:
        return
    library_path = ":".join(f"{inside}{folder}" for folder in search)
    # A static program is not an error, though ldd's exit status says so.
    script = 'for file; do echo "$file:"; ldd "$file" || true; done'
    listing = root.run(
        *("env", f"LD_LIBRARY_PATH={library_path}", "sh", "-c", script, "sh", *programs),
        folder=tree,
    )
    found, missing = parse_ldd(listing)
    if missing:
        raise BuildFailed(
            f"shared libraries are missing: {', '.join(sorted(missing))}",
            remedy="a package or wheel was built for another system than Debian",
        )
    for path in found:
        if not path.startswith(f"{inside}/"):
            copy_file(root, path, tree)


def copy_file(root: BuildRoot, path: str, tree: Path) -> None:
    """Copy a file of the build root to the same place in a tree, through its links."""
    target = merged(tree, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(real_file(root, path), target)


def real_file(root: BuildRoot, path: str) -> Path:
    """Follow an absolute path's links as they are meant inside the build root."""
    where = root.folder / path.lstrip("/")
    while where.is_symlink():
        link = where.readlink()
        where = root.folder / str(link)[1:] if link.is_absolute() else where.parent / link
    return where


def merged(tree: Path, path: str) -> Path:
    """Place /lib, /lib64, /bin and /sbin below /usr, where a merged system has them."""
    first, _, rest = path.lstrip("/").partition("/")
    return tree / "usr" / first / rest if first in MERGED else tree / path.lstrip("/")


MERGED = ("lib", "lib64", "bin", "sbin")


def start_tree(tree: Path, mount_points: Iterable[str] = ()) -> None:
    """Make the folders and links that every root file system has."""
    for folder in ("proc", "sys", "dev", "tmp", "run", "etc", "root", "var", "usr"):
        (tree / folder).mkdir(parents=True)
    for folder in MERGED:
        (tree / "usr" / folder).mkdir()
        (tree / folder).symlink_to(f"usr/{folder}")
    (tree / "var/run").symlink_to("/run")
    (tree / "etc/resolv.conf").symlink_to("/run/resolv.conf")
    (tree / "etc/hosts").symlink_to("/run/hosts")
    (tree / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/false\n")
    (tree / "etc/group").write_text("root:x:0:\n")
    for mount_point in mount_points:
        (tree / mount_point.lstrip("/")).mkdir(parents=True, exist_ok=True)
