"""Container images written by tests: layers, and the two kinds of archive, without an engine."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Entry = str | bytes | tarfile.TarInfo | None  # a file's content, or another member; None: a folder


def layer(entries: Mapping[str, Entry] | Sequence[tuple[str, Entry]]) -> bytes:
    """Write a layer's tar: a path that ends with / is a folder."""
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, entry in pairs:
            member = entry if isinstance(entry, tarfile.TarInfo) else tarfile.TarInfo()
            member.name = name
            content = entry.encode() if isinstance(entry, str) else entry
            if isinstance(content, bytes):
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
                continue
            if content is None:
                member.type, member.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(member)
    return target.getvalue()


def link(target: str, *, hard: bool = False) -> tarfile.TarInfo:
    member = tarfile.TarInfo()
    member.type, member.linkname = tarfile.LNKTYPE if hard else tarfile.SYMTYPE, target
    return member


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, 1, mtime=0)


def zstandard(content: bytes) -> bytes:
    return subprocess.run(["zstd", "-q", "-c"], input=content, capture_output=True).stdout


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class MadeImage:
    """An image that a test has made.

    Args:
        layers: their tars.
        started: the part `config` of its configuration.
        names: its tags.
        packs: what packs a layer in the archive.
        more: further keys of its configuration, over the usual.
    """

    layers: Sequence[bytes]
    started: Mapping[str, Any] = field(default_factory=dict)
    names: Sequence[str] = ("made:latest",)
    packs: Any = bytes
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def configuration(self) -> bytes:
        usual = {
            "architecture": "amd64",
            "os": "linux",
            "config": dict(self.started),
            "rootfs": {"type": "layers", "diff_ids": [digest(one) for one in self.layers]},
        }
        return json.dumps(usual | dict(self.more)).encode()

    @property
    def packed(self) -> list[bytes]:
        return [self.packs(one) for one in self.layers]


def docker_files(*images: MadeImage) -> dict[str, bytes]:
    """Give the files that `docker save` writes for images."""
    files: dict[str, bytes] = {}
    manifest = []
    for image in images:
        config = f"{digest(image.configuration)[7:]}.json"
        layers = [f"{digest(one)[7:]}/layer.tar" for one in image.packed]
        files |= {config: image.configuration, **dict(zip(layers, image.packed, strict=True))}
        manifest.append({"Config": config, "RepoTags": list(image.names), "Layers": layers})
    return files | {"manifest.json": json.dumps(manifest).encode()}


def layout_files(*images: MadeImage, platform: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """Give the files of an OCI layout with images."""
    files: dict[str, bytes] = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}'}

    def described(content: bytes) -> dict[str, Any]:
        files[f"blobs/sha256/{digest(content)[7:]}"] = content
        return {"mediaType": "any", "digest": digest(content), "size": len(content)}

    manifests = []
    for image in images:
        content = {
            "schemaVersion": 2,
            "config": described(image.configuration),
            "layers": [described(one) for one in image.packed],
        }
        [name] = image.names
        notes = {"org.opencontainers.image.ref.name": name}
        one = {**described(json.dumps(content).encode()), "annotations": notes}
        manifests.append({**one, **({"platform": platform} if platform else {})})
    index = {"schemaVersion": 2, "manifests": manifests}
    return files | {"index.json": json.dumps(index).encode()}


def as_tar(path: Path, files: Mapping[str, bytes], *, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def as_folder(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path
