"""The root file system of a container's image, and how what is in it is started."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from errors import EposVirtError
from tasks.container.engine import THIS_MACHINE, asking

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


def export_root(engine: docker.DockerClient, tag: str, tar: Path) -> EntryPoint:
    """Write the files of an image of this machine's engine to a tar, all layers as one.

    Raises:
        EposVirtError: the engine has no such image, or it does not say what is started.
    """
    with asking(THIS_MACHINE, f"export {tag}"):
        config = engine.images.get(tag).attrs["Config"]
        container = engine.containers.create(tag, network_mode="none")
        try:
            with tar.open("wb") as file:
                blocks: Iterable[Any] = container.export(chunk_size=BLOCK)  # its types say text
                file.writelines(blocks)
        finally:
            container.remove()
    return entry_point(tag, config, tar)


def entry_point(tag: str, config: Mapping[str, Any], tar: Path) -> EntryPoint:
    """Read how an image is started from its configuration and files.

    Raises:
        EposVirtError: it starts nothing, or a program or user that is not in it.
    """
    command = [*(config.get("Entrypoint") or ()), *(config.get("Cmd") or ())]
    if not command:
        raise EposVirtError(f"{tag} names nothing to start", remedy="add an ENTRYPOINT to it")
    variables = dict(one.partition("=")[::2] for one in config.get("Env") or ())
    with tarfile.open(tar) as files:
        names = {"/" + name.removeprefix("./").rstrip("/") for name in files.getnames()}
        program = _program(command[0], variables.get("PATH", PATH), names)
        user, group = _numbers(files, config.get("User") or "0")
    if program is None:
        raise EposVirtError(f"{tag} starts {command[0]}, which is not in it", remedy="see its PATH")
    return EntryPoint(
        command=(program, *command[1:]),
        environment=variables,
        directory=config.get("WorkingDir") or "/",
        user=user,
        group=group,
        stop_signal=config.get("StopSignal") or "SIGTERM",
    )


def _program(word: str, path: str, names: set[str]) -> str | None:
    """Find a program as a shell would."""
    if "/" in word:
        return word
    places = (str(PurePosixPath(folder) / word) for folder in path.split(":") if folder)
    # A merged system has /bin as a link: then the name is below /usr.
    return next((place for place in places if {place, f"/usr{place}"} & names), None)


def _numbers(files: tarfile.TarFile, user: str) -> tuple[int, int]:
    """Give the numbers of `USER[:GROUP]`, by the image's own passwd and group."""
    name, _, group = user.partition(":")
    found = _entry(files, "etc/passwd", name)
    number = int(name) if name.isdigit() else int(found[2]) if found else None
    if not group:
        numbers = int(found[3]) if found else 0
    else:
        entry = _entry(files, "etc/group", group)
        numbers = int(group) if group.isdigit() else int(entry[2]) if entry else -1
    if number is None or numbers < 0:
        raise EposVirtError(f"there is no user {user} in the image", remedy="see its USER")
    return number, numbers


def _entry(files: tarfile.TarFile, table: str, key: str) -> Sequence[str] | None:
    """Find a line of passwd or group by its name or number."""
    try:
        opened = files.extractfile(table)
    except KeyError:
        return None
    lines = opened.read().decode(errors="replace").splitlines() if opened else []
    rows = (line.split(":") for line in lines)
    return next((row for row in rows if len(row) > 3 and key in (row[0], row[2])), None)
