"""The one folder outside the tree for all that is not source."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from errors import WrongInput


def state_folder(*parts: str) -> Path:
    """Return a folder of the project's state, made (mode 0700) where it is missing.

    `EPOS_VIRT_STATE` moves it; by default it is `epos-virt` under the XDG data home.

    Raises:
        WrongInput: it cannot be made.
    """
    folder = _root().joinpath(*parts)
    with _usable():
        make_private(folder)
    return folder


def state_place(*parts: str) -> Path:
    """Return where a folder of the project's state is, or would be: for who only looks.

    Raises:
        WrongInput: it could be none.
    """
    folder = _root().joinpath(*parts)
    with _usable():
        there = next(one for one in (folder, *folder.parents) if one.exists())
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
    return folder


def make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, mode 0700."""
    for one in reversed((folder, *folder.parents)):
        if not one.is_dir():
            one.mkdir(exist_ok=True, mode=0o700)


def _root() -> Path:
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return Path(os.environ.get("EPOS_VIRT_STATE") or home / "epos-virt")


@contextlib.contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WrongInput(
            f"the state folder {_root()} cannot be used",
            seen=str(error),
            remedy="name one that can be written with EPOS_VIRT_STATE",
        ) from error


@contextlib.contextmanager
def made_beside(path: Path, *, alone: bool = False) -> Iterator[Path]:
    """Have a file or folder appear whole or not at all: made under another name, then renamed.

    Args:
        path: what is to be there when the block has ended; not, where the block fails.
        alone: nobody else makes it meanwhile, so that what killed ones left beside is removed.

    Yields:
        the path at which the block makes it, in the same file system.
    """
    prefix = f".{path.name}-"
    for left in path.parent.glob(f"{glob.escape(prefix)}*") if alone else ():
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=path.parent, ignore_cleanup_errors=True
    ) as scratch:
        unfinished = Path(scratch) / path.name
        yield unfinished
        os.rename(unfinished, path)


def replace_text(path: Path, text: str) -> None:
    """Write a file, mode 0600, in one stroke: a reader sees the old one or the new one.

    Of several that write at once, processes or threads, the last one's is there.
    """
    with made_beside(path) as unfinished:
        unfinished.touch(mode=0o600)
        unfinished.write_text(text)


def keep_first(path: Path, text: str) -> str:
    """Write a file, mode 0600, whole or not at all, unless it is there; gives what it holds then.

    Of all that ask at once, processes or threads, one wins, and all get what it wrote.
    """
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.") as beside:
        beside.write(text)
        beside.flush()
        os.fsync(beside.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(beside.name, path)
    return path.read_text()
