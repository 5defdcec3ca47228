"""Which images an archive holds, and finding the one that is wanted."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from deployments.container_image.archive import AGAIN, ImageArchive
from deployments.container_image.configuration import Configuration
from errors import WrongInput

LARGEST = 4 * 2**20  # bytes of a manifest or a configuration; usual are some thousand
DEEPEST = 4  # indexes in each other; `docker buildx` writes two
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_BLOB = re.compile(r"(?:blobs/sha256/)?([0-9a-f]{64})(?:\.json)?")
_TAG, _REFERENCE = "io.containerd.image.name", "org.opencontainers.image.ref.name"


@dataclass(frozen=True)
class Layer:
    """A layer as the archive has it.

    Args:
        name: its file in the archive.
        digest: of that file, `sha256:...`; empty where the archive does not say.
        content: digest of its tar, unpacked.
    """

    name: str
    digest: str
    content: str


@dataclass(frozen=True)
class StoredImage:
    """An image of an archive."""

    names: tuple[str, ...]
    digest: str  # of its configuration, which names the content of all layers
    configuration: Configuration
    layers: tuple[Layer, ...]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Saved(_Part):
    """One image in manifest.json, as `docker save` writes it."""

    config: str = Field(alias="Config")
    tags: tuple[str, ...] | None = Field(default=None, alias="RepoTags")
    layers: tuple[str, ...] = Field(alias="Layers")


class _Platform(_Part):
    architecture: str = ""
    os: str = ""


class _Descriptor(_Part):
    digest: str
    platform: _Platform | None = None
    annotations: dict[str, str] | None = None

    @property
    def name(self) -> str:
        notes = self.annotations or {}
        return notes.get(_TAG) or notes.get(_REFERENCE, "")

    @property
    def runs_here(self) -> bool:
        """Whether a guest can run it; attestations, which lie beside images, are `unknown`."""
        return self.platform is None or (self.platform.os, self.platform.architecture) == (
            "linux",
            "amd64",
        )


class _Manifest(_Part):
    """An image's manifest, or an index of further ones."""

    config: _Descriptor | None = None
    layers: tuple[_Descriptor, ...] = ()
    manifests: tuple[_Descriptor, ...] | None = None


@dataclass(frozen=True)
class _Found:
    """An image of which only the manifest was read."""

    names: tuple[str, ...]
    config: str
    layers: tuple[str, ...]


def find_image(archive: ImageArchive, wanted: str = "") -> StoredImage:
    """Find the image of an archive: the only one, or that of a name.

    Every file it needs is there; what is in the layers is not looked at.

    Raises:
        WrongInput: there is none or there are several, it is for another machine, something is
            missing, or is not what its digest says.
    """
    if archive.has("manifest.json"):
        found = list(_saved(archive))
    elif archive.has("index.json"):
        found = list(_in_layout(archive))
    else:
        raise WrongInput(
            f"{archive.path} holds no container image",
            seen="neither manifest.json (docker save) nor index.json (OCI layout) is in it",
            remedy=AGAIN,
        )
    return _read(archive, _chosen(archive, found, wanted))


def _saved(archive: ImageArchive) -> Iterator[_Found]:
    content = _bytes(archive, "manifest.json")
    for one in _parsed(archive, "manifest.json", content, TypeAdapter(tuple[_Saved, ...])):
        yield _Found(one.tags or (), one.config, one.layers)


def _in_layout(archive: ImageArchive) -> Iterator[_Found]:
    content = _bytes(archive, "index.json")
    index = _parsed(archive, "index.json", content, TypeAdapter(_Manifest))
    seen: set[str] = set()
    kinds: set[str] = set()
    for descriptor in _manifests(archive, index, kinds):
        if descriptor.digest in seen:
            continue
        seen.add(descriptor.digest)
        name = _blob(archive, descriptor.digest)
        manifest = _parsed(archive, name, _bytes(archive, name), TypeAdapter(_Manifest))
        if manifest.config is None:
            raise _not_understood(archive, name, "it names no configuration")
        layers = tuple(_blob(archive, layer.digest) for layer in manifest.layers)
        names = (descriptor.name,) if descriptor.name else ()
        yield _Found(names, _blob(archive, manifest.config.digest), layers)
    if not seen and kinds:
        raise _foreign(archive, ", ".join(sorted(kinds)))


def _manifests(
    archive: ImageArchive, index: _Manifest, kinds: set[str], name: str = "", depth: int = 0
) -> Iterator[_Descriptor]:
    """Give the manifests of an index for this machine, and of the indexes in it."""
    if depth > DEEPEST:
        raise _not_understood(archive, "index.json", f"more than {DEEPEST} indexes in each other")
    for one in index.manifests or ():
        if not one.runs_here:
            assert one.platform
            kinds.add(f"{one.platform.os}/{one.platform.architecture}")
            continue
        called = one.name or name
        blob = _blob(archive, one.digest)
        inner = _parsed(archive, blob, _bytes(archive, blob), TypeAdapter(_Manifest))
        if inner.manifests is None:
            yield one.model_copy(update={"annotations": {_TAG: called} if called else None})
        else:
            yield from _manifests(archive, inner, kinds, called, depth + 1)


def _chosen(archive: ImageArchive, found: Sequence[_Found], wanted: str) -> _Found:
    names = [name for one in found for name in one.names]
    if not found:
        raise WrongInput(f"{archive.path} holds no image", remedy=AGAIN)
    if wanted:
        fits = [one for one in found if any(_same(wanted, name) for name in one.names)]
        if not fits:
            raise WrongInput(
                f"{archive.path} holds no image {wanted}",
                seen=f"it holds {', '.join(names) or 'one without a name'}",
                remedy="name one of them, or leave the name out where it is the only one",
            )
        return fits[0]
    if len(found) > 1:
        raise WrongInput(
            f"{archive.path} holds {len(found)} images",
            seen="\n".join(names) or "none of them has a name",
            remedy="say which: --image NAME, or `image: NAME` in app.yaml",
        )
    return found[0]


def _same(wanted: str, name: str) -> bool:
    """Compare as engines do: `redis` is redis:latest, and docker.io/library/redis:latest."""
    whole = wanted if ":" in wanted.rpartition("/")[2] else f"{wanted}:latest"
    return name in (wanted, whole) or name.endswith(f"/{whole}")


def _read(archive: ImageArchive, found: _Found) -> StoredImage:
    content = _bytes(archive, found.config)
    configuration = _parsed(archive, found.config, content, TypeAdapter(Configuration))
    if not configuration.runs_here:
        raise _foreign(archive, f"{configuration.os or '?'}/{configuration.architecture or '?'}")
    contents = configuration.root.layers
    if len(contents) != len(found.layers) or not all(map(_DIGEST.fullmatch, contents)):
        raise _not_understood(
            archive, found.config, f"{len(contents)} digests for {len(found.layers)} layers"
        )
    try:
        _ = configuration.started.stopped_by, configuration.started.ports
    except ValueError as error:
        raise _not_understood(archive, found.config, str(error)) from None
    layers = tuple(
        Layer(name, _digest_in(name), digest)
        for name, digest in zip(found.layers, contents, strict=True)
    )
    for layer in layers:
        if not archive.has(layer.name):
            raise _missing(archive, f"layer {layer.name}")
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return StoredImage(found.names, digest, configuration, layers)


def _bytes(archive: ImageArchive, name: str) -> bytes:
    """Read a small file whose name may be its digest."""
    if not archive.has(name):
        raise _missing(archive, name)
    with archive.open(name) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise _not_understood(archive, name, f"more than {LARGEST} bytes")
    if (digest := _digest_in(name)) and digest != f"sha256:{hashlib.sha256(content).hexdigest()}":
        raise WrongInput(
            f"{archive.path}: {name} is not what its digest says", seen="damaged", remedy=AGAIN
        )
    return content


def _digest_in(name: str) -> str:
    """Give the digest that a file is named after; older engines name layers after other things."""
    match = _BLOB.fullmatch(name)
    return f"sha256:{match[1]}" if match else ""


def _blob(archive: ImageArchive, digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise _not_understood(archive, "its index", f"{digest!r} is no SHA-256 digest")
    return str(PurePosixPath("blobs", *digest.split(":")))


def _parsed(archive: ImageArchive, name: str, content: bytes, kind: TypeAdapter[Any]) -> Any:
    try:
        return kind.validate_python(json.loads(content))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _not_understood(archive, name, f"{place}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise _not_understood(archive, name, str(error)) from None


def _not_understood(archive: ImageArchive, name: str, seen: str) -> WrongInput:
    return WrongInput(f"{archive.path}: {name} is not understood", seen=seen, remedy=AGAIN)


def _missing(archive: ImageArchive, what: str) -> WrongInput:
    return WrongInput(f"{archive.path}: {what} is not in it", remedy=AGAIN)


def _foreign(archive: ImageArchive, kinds: str) -> WrongInput:
    return WrongInput(
        f"{archive.path} is an image for {kinds}",
        seen="guests run linux/amd64",
        remedy="pull or build it with --platform linux/amd64, and save it again",
    )
