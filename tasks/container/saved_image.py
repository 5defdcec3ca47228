"""An image of this machine's engine as `docker save` writes it, and its files out of that."""

from __future__ import annotations

import json
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from signal import Signals
from typing import IO, TYPE_CHECKING

from deployments.container_image.archive import opened
from deployments.container_image.configuration import Started
from deployments.container_image.manifest import find_image
from errors import EposVirtError
from state import state_folder
from tasks.container.engine import THIS_MACHINE, asking
from toolchains.linux.container.layers import layers_of
from toolchains.linux.container.tree import Tree
from toolchains.linux.container.users import user_of

if TYPE_CHECKING:
    import docker

BLOCK = 2**20  # bytes handed over at a time
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # where an image names none


@dataclass(frozen=True)
class EntryPoint:
    """How an image's program is started.

    Args:
        command: program, by its absolute path, and arguments.
        environment: its variables.
        directory: where it is started.
        user: number of its user.
        group: number of its group.
        stop_signal: what asks it to end.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str
    user: int
    group: int
    stop_signal: str

    def as_json(self) -> str:
        """Write it as `from_json` reads it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> EntryPoint:
        """Read what `as_json` wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "command": tuple(fields["command"])})


def save_image(engine: docker.DockerClient, tag: str, file: IO[bytes]) -> None:
    """Write an image into a file.

    Raises:
        EposVirtError: the engine does not have it.
    """
    from docker.errors import NotFound

    with asking(THIS_MACHINE, f"save {tag}"):
        try:
            for block in engine.api.get_image(tag, chunk_size=BLOCK):
                file.write(block)
        except NotFound as error:
            raise EposVirtError(
                f"{tag} is not built on this machine",
                seen=error.explanation or str(error),
                remedy="were its sources changed while this ran? run again, "
                "without leaving out the images",
            ) from error


@contextmanager
def packed_root(engine: docker.DockerClient, tag: str) -> Iterator[tuple[Path, EntryPoint]]:
    """Give the tar of an image's files, all layers as one, and how what is in it is started.

    Raises:
        EposVirtError: the engine has no such image, or it does not say what is started.
    """
    with tempfile.TemporaryDirectory(dir=state_folder("images")) as scratch:
        saved, root = Path(scratch) / "image.tar", Path(scratch) / "root.tar"
        with saved.open("wb") as file:
            save_image(engine, tag, file)
        with opened(saved) as archive:
            image = find_image(archive)
            with layers_of(archive, image, Path(scratch)) as layers:
                tree = Tree.of(layers)
                with tarfile.open(root, "w", format=tarfile.PAX_FORMAT) as tar:
                    tree.write(tar, ".")
                found = entry_point(tag, image.configuration.started, tree)
        saved.unlink()
        yield root, found


def entry_point(tag: str, started: Started, tree: Tree) -> EntryPoint:
    """Read how an image is started from its configuration and files.

    Raises:
        EposVirtError: it starts nothing, or a program that is not in it.
        WrongInput: it names a user or group that is not in it.
    """
    command = [*started.entry_point, *started.command]
    if not command:
        raise EposVirtError(f"{tag} names nothing to start", remedy="add an ENTRYPOINT to it")
    path = started.environment.get("PATH", PATH)
    if (program := _program(command[0], path, tree)) is None:
        raise EposVirtError(f"{tag} starts {command[0]}, which is not in it", remedy="see its PATH")
    user = user_of(started.user, tree)
    return EntryPoint(
        command=(program, *command[1:]),
        environment={"HOME": user.home, **started.environment},
        directory=started.folder or "/",
        user=user.number,
        group=user.group,
        stop_signal=Signals(started.stopped_by).name,
    )


def _program(word: str, path: str, tree: Tree) -> str | None:
    """Find a program as a shell would."""
    if "/" in word:
        return word
    places = (str(PurePosixPath(folder) / word) for folder in path.split(":") if folder)
    return next((place for place in places if tree.find(place)), None)
