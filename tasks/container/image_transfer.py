"""Images on their way to a domU's engine: only the layers it does not have are sent."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from blocks.connections import Connections
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing
from runs.telling import tell
from tasks import step_names
from tasks.container.base_image import has_image
from tasks.container.engine import asking
from tasks.container.image import image_key, image_name
from tasks.container.saved_image import save_image

if TYPE_CHECKING:
    import docker

BLOCK = 2**18  # bytes handed over at a time
TELL_EVERY = 0.1  # of the whole


class NotLoaded(EposVirtError):
    """An image did not arrive as it was sent: a layer that was left out was not there after all."""


@dataclass(frozen=True)
class Transfer:
    """What a transfer moved."""

    image: str
    sent: int  # bytes
    layers_sent: int
    layers_there: int  # left out, because the engine had them

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"{self.image}: {self.sent / 1e6:.1f} MB sent, {self.layers_sent} layers; "
            f"{self.layers_there} were there"
        )


@dataclass(frozen=True)
class Saved:
    """An image as `docker save` wrote it, opened."""

    tag: str
    tar: tarfile.TarFile
    config: bytes
    members: tuple[str, ...]  # the layers' names in the tar, lowest first

    @property
    def id(self) -> str:
        """The image's ID in an engine: the digest of its configuration."""
        return "sha256:" + hashlib.sha256(self.config).hexdigest()

    @property
    def layers(self) -> tuple[str, ...]:
        """Digests of the layers' content, lowest first."""
        return tuple(json.loads(self.config)["rootfs"]["diff_ids"])


def transfer_step(
    folder: Path, domu: str, connections: Connections, after: Sequence[str] = ()
) -> Step:
    """Bring the image of a source folder to a domU's engine, where it does not have it.

    It waits for the image. Chain the transfers to one domU through `after`: two at a time
    are no faster, and need twice the memory there.
    """
    name = image_name(folder)

    def plan() -> Plan:
        key = image_key(folder)
        if has_image(connections.engine(domu), name, key, domu):
            return nothing(f"{name}: {domu} has it")
        return change(
            f"{name}: {domu} does not have it in this version",
            Action(
                f"send the layers of {name}:{key} that {domu} lacks",
                partial(_transfer_and_tell, connections, domu, f"{name}:{key}"),
            ),
        )

    needs = (step_names.image(name), *after)
    return Step(step_names.transfer(name, domu), "compose_up", domu, plan, needs)


def _transfer_and_tell(connections: Connections, domu: str, tag: str) -> None:
    tell(str(transfer(connections.local_engine, connections.engine(domu), tag, domu)))


def transfer(near: docker.DockerClient, far: docker.DockerClient, tag: str, host: str) -> Transfer:
    """Move an image from one engine to another, without the layers that one has already.

    `docker load` looks each layer up by the digest of its chain before it opens the layer's
    file (moby, image/tarexport/load.go), so that the file of a layer it has may be missing.
    The image is compared afterwards; should an engine think otherwise, all layers are sent.

    Args:
        near: the engine that has the image.
        far: the engine that shall have it.
        tag: the image, as `repository:tag`.
        host: the machine the far engine runs on, for messages.

    Raises:
        EposVirtError: an engine failed, or the image did not arrive whole.
    """
    with tempfile.TemporaryFile() as file:
        save_image(near, tag, file)
        file.seek(0)
        with tarfile.open(fileobj=file) as tar:
            saved = read_saved(tar, tag)
            there = layers_there(saved.layers, read_layers(far, host))
            try:
                return _send(saved, there, far, host)
            except NotLoaded as error:
                if not there:
                    raise
                tell(f"{error.what}; sending all layers")
                return _send(saved, 0, far, host)


def read_saved(tar: tarfile.TarFile, tag: str) -> Saved:
    """Read what `docker save` says about an image; both of its formats have a manifest.json."""
    manifest = json.loads(_content(tar, "manifest.json"))[0]
    return Saved(tag, tar, _content(tar, manifest["Config"]), tuple(manifest["Layers"]))


def _content(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None, f"{name} is no file in an image's tar"
    return file.read()


def read_layers(engine: docker.DockerClient, host: str) -> list[tuple[str, ...]]:
    """Read the layers of every image an engine has, lowest first."""
    from docker.errors import ImageNotFound

    found = []
    with asking(host, "list its images"):
        for image in engine.api.images(all=True):
            try:
                root = engine.images.get(image["Id"]).attrs["RootFS"]
            except ImageNotFound:
                continue  # removed in the meantime
            found.append(tuple(root.get("Layers") or ()))
    return found


def layers_there(wanted: Sequence[str], have: Collection[Sequence[str]]) -> int:
    """Count how many of the lowest layers an engine has.

    A layer counts only on top of the same layers: engines keep it under the digest of the
    whole chain down to it.
    """
    longest = 0
    for layers in have:
        same = 0
        while same < min(len(wanted), len(layers)) and wanted[same] == layers[same]:
            same += 1
        longest = max(longest, same)
    return longest


def _send(saved: Saved, there: int, far: docker.DockerClient, host: str) -> Transfer:
    from docker.errors import ImageNotFound

    with tempfile.TemporaryFile() as archive:
        pack(saved, there, archive)
        size = archive.tell()
        archive.seek(0)
        with asking(host, f"load {saved.tag}"):
            _load(far, archive, size, saved.tag, host)
            try:
                image = far.images.get(saved.tag)
            except ImageNotFound:
                raise NotLoaded(
                    f"{saved.tag} did not arrive on {host}", remedy="run again"
                ) from None
    layers = tuple(image.attrs["RootFS"]["Layers"])
    if layers != saved.layers:
        raise NotLoaded(
            f"{saved.tag} is another image on {host}",
            seen=f"layers {layers}, sent {saved.layers}",
            remedy=f"on {host}: docker image rm {saved.tag}; then run again",
        )
    return Transfer(saved.tag, size, len(saved.layers) - there, there)


def pack(saved: Saved, there: int, archive: IO[bytes]) -> None:
    """Write an archive for `docker load` without the lowest `there` layers.

    Not compressed: unpacking costs an emulated processor more than the bytes on the wire.
    """
    names = [f"{layer.removeprefix('sha256:')}.tar" for layer in saved.layers]
    config = f"{saved.id.removeprefix('sha256:')}.json"
    manifest = [{"Config": config, "RepoTags": [saved.tag], "Layers": names}]
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        _add(tar, "manifest.json", json.dumps(manifest).encode())
        _add(tar, config, saved.config)
        written: set[str] = set()
        for name, member in list(zip(names, saved.members, strict=True))[there:]:
            if name in written:  # an empty layer can come twice
                continue
            written.add(name)
            layer = saved.tar.extractfile(member)  # follows docker's links between equal layers
            assert layer is not None, f"{member} is no file in an image's tar"
            info = tarfile.TarInfo(name)
            info.size = layer.seek(0, io.SEEK_END)
            layer.seek(0)
            tar.addfile(info, layer)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


def _load(far: docker.DockerClient, archive: IO[bytes], size: int, tag: str, host: str) -> None:
    api: Any = far.api  # its types say that the data must be bytes; requests takes an iterator
    for event in api.load_image(_blocks(archive, size), quiet=True):
        if problem := event.get("error"):
            raise NotLoaded(
                f"{host} could not load {tag}",
                seen=str(problem),
                remedy=f"is the disk of {host} full? docker system df there tells",
            )


def _blocks(archive: IO[bytes], size: int) -> Iterator[bytes]:
    """Read the archive and tell how much has gone."""
    told = 0
    while block := archive.read(BLOCK):
        yield block
        if archive.tell() - told >= TELL_EVERY * size:
            told = archive.tell()
            tell(f"{told / 1e6:.1f} of {size / 1e6:.1f} MB sent")
