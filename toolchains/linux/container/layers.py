"""The layers of an image, unpacked and found to be what their digests say."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from deployments.container_image.archive import AGAIN, ImageArchive, tar_of, unpacked
from deployments.container_image.manifest import Layer, StoredImage
from errors import WrongInput
from runs.child import run

_ZSTD = b"\x28\xb5\x2f\xfd"


@contextmanager
def layers_of(
    archive: ImageArchive, image: StoredImage, work: Path
) -> Iterator[list[tarfile.TarFile]]:
    """Give the tars of an image's layers, the lowest first, open while the block runs.

    Args:
        archive: where they are.
        image: whose.
        work: folder for what is unpacked.

    Raises:
        WrongInput: a layer is damaged, no tar, or not the one that the image was made of.
    """
    with ExitStack() as stack:
        yield [_layer(archive, layer, work, stack) for layer in image.layers]


def _layer(archive: ImageArchive, layer: Layer, work: Path, stack: ExitStack) -> tarfile.TarFile:
    what = f"{archive.path}: layer {layer.name}"
    stored = stack.enter_context(archive.open(layer.name))
    if layer.digest and (have := _digest(stored)) != layer.digest:
        _refuse(what, layer.digest, have)
    plain = stack.enter_context(unpacked(_without_zstd(stored, what, work, stack), what))
    if (have := _digest(plain)) != layer.content:
        _refuse(what, layer.content, have)
    return stack.enter_context(tar_of(plain, what))


def _without_zstd(stored: IO[bytes], what: str, work: Path, stack: ExitStack) -> IO[bytes]:
    begin = stored.read(len(_ZSTD))
    stored.seek(0)
    if begin != _ZSTD:
        return stored
    with tempfile.NamedTemporaryFile(dir=work) as packed:
        shutil.copyfileobj(stored, packed, 2**20)
        packed.flush()
        plain = Path(f"{packed.name}.tar")
        run("zstd", "-d", "-q", "-o", plain, packed.name, what=f"{what} is damaged", remedy=AGAIN)
    file = stack.enter_context(plain.open("rb"))
    plain.unlink()
    return file


def _digest(file: IO[bytes]) -> str:
    found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return f"sha256:{found}"


def _refuse(what: str, wanted: str, have: str) -> None:
    raise WrongInput(
        f"{what} is not what the image was made of",
        seen=f"its digest is {have}, not {wanted}",
        remedy=AGAIN,
    )
