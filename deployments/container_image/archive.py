"""The files of an image archive: of a tar, packed or not, or of a folder."""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from errors import WrongInput

MARKS = ("manifest.json", "index.json")  # of a `docker save` archive, of an OCI layout
SUFFIXES = (".tar", ".tar.gz", ".tgz")
ROOMY = os.environ.get("TMPDIR", "/var/tmp")  # for what is as large as an image; /tmp may be memory
_GZIP = b"\x1f\x8b"
AGAIN = "make the archive again: docker save -o FILE IMAGE"


class ImageArchive(Protocol):
    """What holds an image: files by their names."""

    path: Path

    def has(self, name: str) -> bool:
        """Tell whether there is a file of this name."""

    def open(self, name: str) -> IO[bytes]:
        """Open a file that there is."""


class _Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def has(self, name: str) -> bool:
        file = (self.path / name).resolve()
        return self.path.resolve() in file.parents and file.is_file()

    def open(self, name: str) -> IO[bytes]:
        return (self.path / name).open("rb")


class _Tar:
    def __init__(self, path: Path, tar: tarfile.TarFile) -> None:
        self.path = path
        self.tar = tar
        self.members = {str(PurePosixPath(one.name)): one for one in tar}

    def has(self, name: str) -> bool:
        return name in self.members and self._file(name) is not None

    def open(self, name: str) -> IO[bytes]:
        file = self._file(name)
        assert file is not None, name
        return file

    def _file(self, name: str) -> IO[bytes] | None:
        """Open a file, through the links that older engines write for layers they share."""
        try:
            return self.tar.extractfile(self.members[name])
        except KeyError:
            return None


def is_image(path: Path) -> bool:
    """Tell whether a path may be an image, not a folder of sources: a file, or a layout."""
    # os.path says no where it cannot look, at a name too long for one; who reads it tells why.
    if os.path.isdir(path):
        marked = any(os.path.isfile(path / mark) for mark in MARKS)
        return marked and not os.path.exists(path / "app.yaml")
    return os.path.isfile(path)


@contextmanager
def opened(path: Path) -> Iterator[ImageArchive]:
    """Open an image archive while the block runs.

    Raises:
        WrongInput: it is not there, or neither a tar nor a layout's folder.
    """
    if path.is_dir():
        yield _Folder(path)
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise WrongInput(
            f"{path} cannot be read", seen=str(error.strerror), remedy="name an image archive"
        ) from None
    with file, unpacked(file, str(path)) as plain, tar_of(plain, str(path)) as tar:
        yield _Tar(path, tar)


def tar_of(plain: IO[bytes], what: str) -> tarfile.TarFile:
    """Open a tar that is not packed.

    Raises:
        WrongInput: it is none.
    """
    try:
        return tarfile.open(fileobj=plain, mode="r:", errors="surrogateescape")
    except tarfile.TarError as error:
        raise WrongInput(f"{what} is no tar", seen=str(error), remedy=AGAIN) from None


@contextmanager
def unpacked(packed: IO[bytes], what: str) -> Iterator[IO[bytes]]:
    """Give what gzip packed, as a file without a name; what it did not pack as it is.

    Raises:
        WrongInput: it is cut off or damaged.
    """
    begin = packed.read(len(_GZIP))
    packed.seek(0)
    if begin != _GZIP:
        yield packed
        return
    with tempfile.TemporaryFile(dir=ROOMY) as plain:
        try:
            with gzip.GzipFile(fileobj=packed) as stream:
                shutil.copyfileobj(stream, plain, 2**20)
        except (OSError, EOFError, zlib.error) as error:
            raise WrongInput(f"{what} is damaged", seen=f"gzip: {error}", remedy=AGAIN) from None
        plain.seek(0)
        yield plain
