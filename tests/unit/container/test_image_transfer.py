"""Transfers: layers an engine has on the same layers are left out, all others are sent."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import IO

import pytest

from tasks.container.image_transfer import layers_there, pack, read_saved, transfer_step

CONFIG = json.dumps({"rootfs": {"diff_ids": ["sha256:a", "sha256:b", "sha256:c"]}}).encode()


@pytest.mark.parametrize(
    ("have", "count"),
    [
        ([], 0),
        ([("a", "b", "c")], 3),
        ([("a",), ("a", "b", "x")], 2),
        ([("x", "a", "b")], 0),  # the same layers on another one are not the same chain
        ([("b", "c")], 0),
        ([()], 0),
    ],
)
def test_layers_count_from_the_lowest(have: list[tuple[str, ...]], count: int) -> None:
    assert layers_there(("a", "b", "c"), have) == count


def saved_by_docker() -> IO[bytes]:
    """An image as engine 20.10 saves it: folders, a link where two layers are equal."""
    file = io.BytesIO()
    manifest = [
        {"Config": "c.json", "RepoTags": ["epos/x:k"], "Layers": ["1/l", "2/l", "3/l"]},
    ]
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, content in {
            "1/l": b"one",
            "2/l": b"two",
            "c.json": CONFIG,
            "manifest.json": json.dumps(manifest).encode(),
        }.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("3/l")
        link.type, link.linkname = tarfile.SYMTYPE, "../2/l"
        tar.addfile(link)
    file.seek(0)
    return file


@pytest.mark.parametrize(
    ("there", "sent"), [(0, {"a": b"one", "b": b"two", "c": b"two"}), (2, {"c": b"two"}), (3, {})]
)
def test_the_archive_holds_only_missing_layers(there: int, sent: dict[str, bytes]) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=saved_by_docker()) as tar:
        saved = read_saved(tar, "epos/x:k")
        assert saved.id == "sha256:" + hashlib.sha256(CONFIG).hexdigest()
        pack(saved, there, archive)
    archive.seek(0)
    with tarfile.open(fileobj=archive) as tar:
        contents = {m.name: tar.extractfile(m) for m in tar.getmembers()}
        read = {name: file.read() for name, file in contents.items() if file}
    [described] = json.loads(read.pop("manifest.json"))
    assert described["Layers"] == ["a.tar", "b.tar", "c.tar"]
    assert described["RepoTags"] == ["epos/x:k"]
    assert read.pop(described["Config"]) == CONFIG
    assert read == {f"{name}.tar": content for name, content in sent.items()}


def test_a_transfer_waits_for_its_image() -> None:
    step = transfer_step(Path("/apps/fwss"), "vm", None, ["before"])  # type: ignore[arg-type]
    assert step.name == "transfer epos/fwss to vm"
    assert step.after == ("image epos/fwss", "before")
    assert step.host == "vm"
