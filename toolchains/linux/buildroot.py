"""The build root: a Debian system in a folder, in which everything is compiled.

So the host's own Debian version does not matter. It is made once by mmdebstrap, with the
packages' versions recorded beside it: they are part of every image's key.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from errors import EposVirtError, WrongInput
from runs.child import run
from runs.held import alone
from runs.telling import tell
from toolchains.cache import key_of

SUITE = "trixie"
PACKAGES = (
    *("gcc", "make", "musl-tools", "binutils", "bc", "bison", "flex", "libelf-dev", "libc6-dev"),
    *("linux-source-6.12", "patch", "xz-utils", "lz4", "zstd", "squashfs-tools", "perl"),
    *("python3.13", "libpython3.13-stdlib"),
)
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")  # Debian Policy 5.6.1
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"}


class BuildFailed(EposVirtError):
    """A command in the build root failed."""


@dataclass(frozen=True)
class BuildRoot:
    """A Debian system to build in; commands run in it as root, without a network."""

    folder: Path
    packages: Mapping[str, str]

    @property
    def key(self) -> str:
        """Give the key of all package versions."""
        return key_of(dict(self.packages))

    def version(self, package: str) -> str:
        """Give the version of one of its packages."""
        return self.packages[package]

    @contextmanager
    def work_folder(self, prefix: str) -> Iterator[Path]:
        """Give an empty folder inside, removed in the end."""
        (self.folder / "build").mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=self.folder / "build"))
        folder.chmod(0o755)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def run(self, *command: str, folder: Path, remedy: str = "") -> str:
        """Run a command in `folder`, which is inside, and give its standard output.

        It sees no network and no process of the host, and ends with this process.

        Raises:
            BuildFailed: with the exit status and the last lines of its output.
        """
        inside = f"/{folder.relative_to(self.folder)}"
        jail = ["--mount", "--pid", "--net", "--fork", "--kill-child", f"--root={self.folder}"]
        # --kill-child and --pdeathsig: whoever kills this process ends the command too.
        argv = [
            "setpriv",
            "--pdeathsig",
            "KILL",
            "unshare",
            *jail,
            f"--wd={inside}",
            "--mount-proc",
            "--",
            *command,
        ]
        return run(
            *argv,
            environment=_ENVIRONMENT,
            what=f"{command[0]} failed in the build root",
            remedy=remedy or "the last lines above say why; what is seen first can be run by hand",
            error=BuildFailed,
        )


def debian_packages(requirements: Path | None) -> list[str]:
    """Read a list of Debian packages, one a line; `#` begins a comment.

    Raises:
        WrongInput: a line is not the name of a package.
    """
    lines = requirements.read_text(encoding="utf-8").splitlines() if requirements else []
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    for name in names:
        if not _PACKAGE.fullmatch(name):
            raise WrongInput(
                f"{requirements}: {name!r} is not the name of a Debian package",
                remedy="write one name a line, such as libpostgresql-jdbc-java",
            )
    return sorted(names)


def build_root(cache: Path, *, more: Sequence[str] = ()) -> BuildRoot:
    """Give the build root, made where it is missing (a minute, and 1 GB of disk).

    Args:
        cache: where build roots are kept.
        more: further packages it must have; each set of them is a build root of its own.

    Raises:
        BuildFailed: not root, no mmdebstrap, or a mirror that does not answer.
    """
    packages = (*PACKAGES, *sorted(more))
    folder = _place(cache, packages)
    if not _record(folder).is_file():
        _require_root()
        with alone(folder.with_name(f".{folder.name}.lock"), "makes the same build root"):
            if not _record(folder).is_file():
                tell(f"build root: Debian {SUITE} with {len(packages)} packages, about a minute")
                _make(folder, packages)
    return _read(folder)


def find_build_root(cache: Path, *, more: Sequence[str] = ()) -> BuildRoot | None:
    """Give the build root that `build_root` gives; None where that would make it."""
    folder = _place(cache, (*PACKAGES, *sorted(more)))
    return _read(folder) if _record(folder).is_file() else None


def _place(cache: Path, packages: Sequence[str]) -> Path:
    return cache / "build-roots" / f"{SUITE}-{key_of(SUITE, packages)[:16]}"


def _record(folder: Path) -> Path:
    return folder / "packages.json"


def _read(folder: Path) -> BuildRoot:
    return BuildRoot(folder / "root", json.loads(_record(folder).read_text()))


def _require_root() -> None:
    if os.geteuid() != 0:
        raise BuildFailed(
            "building images needs root: the compiler runs in a chroot",
            remedy="run it with sudo; starting and describing images needs no root",
        )
    if not shutil.which("mmdebstrap"):
        raise BuildFailed("mmdebstrap is not installed", remedy="apt-get install mmdebstrap")


def _make(folder: Path, packages: Sequence[str]) -> None:
    """Make a build root beside its place, then rename it there."""
    for left in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    work.chmod(0o755)  # apt's own user must get through
    # No mirror is named: mmdebstrap takes Debian's, or what EPOS_VIRT_MIRROR and the proxy
    # variables of the environment say.
    mirror = [os.environ["EPOS_VIRT_MIRROR"]] if os.environ.get("EPOS_VIRT_MIRROR") else []
    argv = ["mmdebstrap", "--variant=apt", f"--include={','.join(packages)}"]
    argv += [SUITE, str(work / "root"), *mirror]
    try:
        run(
            *argv,
            what="mmdebstrap made no build root",
            remedy="check that the Debian mirror answers; EPOS_VIRT_MIRROR names another",
            error=BuildFailed,
            transient=True,
        )
        versions = _versions(work / "root")
        (work / "packages.json").write_text(json.dumps(versions, indent=1, sort_keys=True))
        if folder.exists():
            shutil.rmtree(folder)
        work.rename(folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _versions(root: Path) -> dict[str, str]:
    shown = ("-W", "-f", "${Package} ${Version}\n")
    return parse_versions(run("dpkg-query", f"--admindir={root}/var/lib/dpkg", *shown))


def parse_versions(listing: str) -> dict[str, str]:
    """Read lines such as `python3.13 3.13.5-2` into a dictionary."""
    return dict(line.split(" ", 1) for line in listing.splitlines() if line.strip())
