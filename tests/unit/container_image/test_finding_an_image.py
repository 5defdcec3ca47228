"""Archives as engines write them: which image is in one, and what is said of one that is unfit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.app_yaml import read_described
from deployments.container_image.archive import opened
from deployments.container_image.manifest import StoredImage, find_image
from errors import WrongInput
from tests.image_archives import (
    MadeImage,
    as_folder,
    as_tar,
    digest,
    docker_files,
    gzipped,
    layer,
    layout_files,
)

STARTED = {
    "Entrypoint": ["/entry.sh"],
    "Cmd": ["serve", "--all"],
    "User": "web",
    "Env": ["PATH=/bin", "GREETING=a=b c", "EMPTY="],
    "WorkingDir": "/srv",
    "StopSignal": "SIGQUIT",
    "ExposedPorts": {"8443/tcp": {}, "80": {}, "53/udp": {}},
    "Volumes": {"/var/lib/data": {}},
    "Healthcheck": {"Test": ["CMD", "true"]},
}
ONE = MadeImage([layer({"a": "1"}), layer({"b": "2"})], STARTED, ["hub.example/team/web:1.2"])
TWO = MadeImage([layer({"c": "3"})], {}, ["other:latest"])


def found(path: Path, wanted: str = "") -> StoredImage:
    with opened(path) as archive:
        return find_image(archive, wanted)


@pytest.mark.parametrize(
    "made",
    [
        lambda folder: as_tar(folder / "web.tar", docker_files(ONE)),
        lambda folder: as_tar(folder / "web.tgz", docker_files(ONE), mode="w:gz"),
        lambda folder: as_tar(folder / "web.tar", layout_files(ONE)),
        lambda folder: as_folder(folder / "web", layout_files(ONE)),
        lambda folder: as_folder(folder / "web", docker_files(ONE)),
    ],
    ids=["docker save", "docker save, packed", "layout, tar", "layout", "docker save, folder"],
)
def test_both_formats_say_the_same(tmp_path: Path, made: Callable[[Path], Path]) -> None:
    image = found(made(tmp_path))
    started = image.configuration.started
    assert image.names == ("hub.example/team/web:1.2",)
    assert [*started.entry_point, *started.command] == ["/entry.sh", "serve", "--all"]
    assert started.environment == {"PATH": "/bin", "GREETING": "a=b c", "EMPTY": ""}
    assert (started.user, started.folder, started.stopped_by) == ("web", "/srv", 3)
    assert (started.ports, started.volumes) == ([80, 8443], ["/var/lib/data"])
    assert len(image.layers) == 2


def test_an_archive_is_a_source_without_an_app_yaml(tmp_path: Path) -> None:
    says = read_described(as_tar(tmp_path / "x.tar", docker_files(ONE)))
    assert (says.name, says.runtime, says.port, says.protocol) == ("web", "image", 80, "tcp")
    assert {name: mount.path for name, mount in says.volumes.items()} == {"data": "/var/lib/data"}


def test_an_image_without_a_port_asks_for_an_app_yaml(tmp_path: Path) -> None:
    with pytest.raises(WrongInput) as refused:
        read_described(as_tar(tmp_path / "x.tar", docker_files(TWO)))
    assert "runtime: image, entry: x.tar, port: ..." in refused.value.remedy


@pytest.mark.parametrize("write", [docker_files, layout_files])
def test_of_several_images_one_must_be_named(
    tmp_path: Path, write: Callable[..., dict[str, bytes]]
) -> None:
    path = as_tar(tmp_path / "both.tar", write(ONE, TWO))
    with pytest.raises(WrongInput, match="holds 2 images") as refused:
        found(path)
    assert "hub.example/team/web:1.2" in refused.value.seen
    assert "--image" in refused.value.remedy
    assert found(path, "other").names == ("other:latest",)
    assert found(path, "web:1.2").names == ("hub.example/team/web:1.2",)
    with pytest.raises(WrongInput, match="holds no image web"):
        found(path, "web")  # that is web:latest


def test_of_an_image_for_several_machines_ours_is_taken(tmp_path: Path) -> None:
    """As buildx writes it: an index in the index, and an attestation beside the images."""
    ours = layout_files(ONE, platform={"os": "linux", "architecture": "amd64"})
    foreign = layout_files(TWO, platform={"os": "linux", "architecture": "arm64"})
    attestation = layout_files(TWO, platform={"os": "unknown", "architecture": "unknown"})
    inner: dict[str, list[Any]] = {"manifests": []}
    for files in (foreign, attestation, ours):
        inner["manifests"] += json.loads(files["index.json"])["manifests"]
    whole = layout_files(MadeImage([])) | foreign | ours
    blob = json.dumps(inner).encode()
    whole[f"blobs/sha256/{digest(blob)[7:]}"] = blob
    notes = {"io.containerd.image.name": "hub.example/team/web:1.2"}
    outer = {"manifests": [{"digest": digest(blob), "annotations": notes}]}
    whole["index.json"] = json.dumps(outer).encode()
    image = found(as_tar(tmp_path / "x.tar", whole))
    assert image.configuration.started.user == "web"
    assert image.names == ("hub.example/team/web:1.2",)


FOREIGN = MadeImage(TWO.layers, more={"architecture": "arm64"})


def without(files: dict[str, bytes], ending: str) -> dict[str, bytes]:
    left = {name: content for name, content in files.items() if not name.endswith(ending)}
    assert left != files
    return left


def damaged_configuration() -> dict[str, bytes]:
    return {
        name: content.replace(b"amd64", b"amd46") if name.endswith(".json") else content
        for name, content in docker_files(ONE).items()
    }


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"README": b"nothing"}, "holds no container image"),
        ({"manifest.json": b"[]"}, "holds no image"),
        ({"manifest.json": b"{"}, "manifest.json is not understood"),
        ({"manifest.json": b"[" * 100_000}, "manifest.json is not understood"),
        ({"manifest.json": b'[{"Config": 1}]'}, "manifest.json is not understood"),
        (docker_files(FOREIGN), "is an image for linux/arm64"),
        (
            layout_files(TWO, platform={"os": "linux", "architecture": "arm64"}),
            "is an image for linux/arm64",
        ),
        (without(docker_files(TWO), "/layer.tar"), "layer .*/layer.tar is not in it"),
        (damaged_configuration(), "is not what its digest says"),
        (docker_files(MadeImage([], {"StopSignal": "SIGNOPE"})), "is not understood"),
        (docker_files(MadeImage([], {"ExposedPorts": {"many/tcp": {}}})), "is not understood"),
        (docker_files(MadeImage([], more={"rootfs": {"diff_ids": ["sha256:0"]}})), "understood"),
        ({"index.json": b'{"manifests": [{"digest": "sha256:../../etc/passwd"}]}'}, "understood"),
        ({"manifest.json": b'[{"Config": "/etc/passwd", "Layers": []}]'}, "is not in it"),
        ({"manifest.json": b'[{"Config": "../secret", "Layers": []}]'}, "is not in it"),
    ],
)
@pytest.mark.parametrize("folder", [False, True])
def test_what_is_no_image_for_a_guest_is_told(
    tmp_path: Path, files: dict[str, bytes], says: str, folder: bool
) -> None:
    (tmp_path / "secret").write_text("{}")
    path = as_folder(tmp_path / "x", files) if folder else as_tar(tmp_path / "x.tar", files)
    with pytest.raises(WrongInput, match=says) as refused:
        found(path)
    assert refused.value.remedy


@pytest.mark.parametrize("content", [b"", b"nothing at all", gzipped(b"x" * 9999)[:50]])
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(WrongInput, match=r"x\.tar (is no tar|is damaged)"):
        found(tmp_path / "x.tar")
