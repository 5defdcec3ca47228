"""An image's root: layers over each other, and nothing that leads out of them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from deployments.container_image.archive import opened
from deployments.container_image.manifest import find_image
from errors import WrongInput
from tests.image_archives import (
    Entry,
    MadeImage,
    as_tar,
    docker_files,
    gzipped,
    layer,
    layout_files,
    link,
    zstandard,
)
from toolchains.linux.container.layers import layers_of
from toolchains.linux.container.tree import Tree

Entries = dict[str, Entry] | list[tuple[str, Entry]]
BELOW = "image"


def laid(*layers: Entries) -> Tree:
    """Lay layers over each other."""
    tars = (io.BytesIO(layer(entries)) for entries in layers)
    return Tree.of([tarfile.open(fileobj=tar) for tar in tars])


def written(*layers: Entries) -> dict[str, tarfile.TarInfo]:
    """Give what is in the tar that is written of layers, by its path in the root."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        laid(*layers).write(tar, BELOW)
    target.seek(0)
    with tarfile.open(fileobj=target) as tar:
        return {member.name.removeprefix(f"{BELOW}/"): member for member in tar}


def text(*layers: Entries, path: str) -> str:
    return laid(*layers).text(path)


def test_upper_layers_win_and_the_rest_stays() -> None:
    lower: Entries = {"etc/": None, "etc/a": "old", "etc/b": "kept"}
    upper: Entries = {"./etc/a": "new"}
    assert text(lower, upper, path="/etc/a") == "new"
    assert text(lower, upper, path="etc/b") == "kept"


def test_a_whiteout_removes_what_is_below_it_only() -> None:
    lower: Entries = {"d/": None, "d/gone": "x", "d/again": "old", "d/sub/": None, "d/sub/f": "x"}
    upper: Entries = [
        ("d/again", "new"),  # before its whiteout in the tar, and yet not removed by it
        ("d/.wh.again", ""),
        ("d/.wh.gone", ""),
        ("d/.wh.sub", ""),
        ("d/.wh.never-there", ""),
        ("nowhere/.wh.x", ""),
    ]
    names = set(written(lower, upper))
    assert names == {BELOW, "d", "d/again"}
    assert text(lower, upper, path="d/again") == "new"


def test_an_opaque_folder_hides_all_that_is_below_it() -> None:
    lower: Entries = {"d/": None, "d/a": "x", "d/s/": None, "d/s/b": "x", "e": "kept"}
    upper: Entries = [("d/new", "y"), ("d/.wh..wh..opq", "")]
    assert set(written(lower, upper)) == {BELOW, "d", "d/new", "e"}


def test_a_folder_in_place_of_a_file_and_the_other_way_round() -> None:
    lower: Entries = {"a": "file", "b/": None, "b/c": "x"}
    upper: Entries = {"a/": None, "a/f": "new", "b": "file now"}
    assert set(written(lower, upper)) == {BELOW, "a", "a/f", "b"}


def test_what_a_layer_puts_behind_a_link_lands_where_that_leads() -> None:
    lower: Entries = {"usr/lib/": None, "lib": link("usr/lib"), "abs": link("/usr/lib")}
    upper: Entries = {"lib/a.so": "1", "abs/b.so": "2"}
    names = set(written(lower, upper))
    assert {"usr/lib/a.so", "usr/lib/b.so"} <= names
    assert "lib/a.so" not in names


def test_hard_links_stay_one_file_also_over_layers() -> None:
    lower: Entries = {"bin/": None, "bin/one": "program"}
    upper: Entries = [("bin/two", link("bin/one", hard=True)), ("bin/.wh.one", "")]
    both = written(lower, {"bin/two": link("bin/one", hard=True)})
    assert both["bin/two"].islnk() and both["bin/two"].linkname == f"{BELOW}/bin/one"
    with pytest.raises(WrongInput, match="which is no file in the image"):
        written(lower, upper)  # its own layer takes away what it links to


def test_owners_modes_and_capabilities_are_kept() -> None:
    member = tarfile.TarInfo()
    member.uid, member.gid, member.uname, member.mode = 101, 2**22, "web", 0o4750
    capability = b"\x01\x00\x00\x02\x00\x20\x00\x00".ljust(20, b"\0").decode("latin-1")
    member.pax_headers = {"SCHILY.xattr.security.capability": capability, "comment": "x"}
    kept = written({"ping": member})["ping"]
    assert (kept.uid, kept.gid, kept.mode, kept.uname) == (101, 2**22, 0o4750, "")
    assert kept.pax_headers["SCHILY.xattr.security.capability"] == capability
    assert "comment" not in kept.pax_headers


@pytest.mark.parametrize(
    "entries",
    [
        {"../etc/passwd": "x"},
        {"a/../../b": "x"},
        {"a": link("../../etc/passwd", hard=True)},
        {"a": link("/etc/shadow", hard=True)},
        {"a": link("", hard=True)},
        {"d/": None, "e": link("d", hard=True)},
        [("a", link("b")), ("b", link("a")), ("a/c", "x")],
        [("file", "x"), ("file/below", "y")],
    ],
)
def test_paths_and_links_that_lead_out_or_nowhere_are_refused(entries: Entries) -> None:
    with pytest.raises(WrongInput) as refused:
        written(entries)
    assert refused.value.remedy


def test_a_link_that_leads_out_ends_at_the_root_of_the_image(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of this machine")
    out = "../" * 30 + str(secret)[1:]
    assert text({"etc/": None, "etc/passwd": link(out)}, path="/etc/passwd") == ""
    names = set(written({"d": link("../../..")}, {"d/inside": "x"}))
    assert "inside" in names
    assert not (tmp_path / "inside").exists()


def unpacked(tmp_path: Path, files: dict[str, bytes]) -> list[str]:
    path = as_tar(tmp_path / "x.tar", files)
    with opened(path) as archive, layers_of(archive, find_image(archive), tmp_path) as layers:
        return [name for one in layers for name in one.getnames()]


@pytest.mark.parametrize("packs", [bytes, gzipped, zstandard], ids=["plain", "gzip", "zstd"])
@pytest.mark.parametrize("write", [docker_files, layout_files])
def test_layers_are_unpacked_whatever_packed_them(
    tmp_path: Path, write: Callable[..., dict[str, bytes]], packs: Callable[[bytes], bytes]
) -> None:
    made = MadeImage([layer({"a": "1"}), layer({"b": "2"}), layer({})], packs=packs)
    assert unpacked(tmp_path, write(made)) == ["a", "b"]


@pytest.mark.parametrize("write", [docker_files, layout_files])
def test_a_layer_that_is_another_than_its_digest_says_is_refused(
    tmp_path: Path, write: Callable[..., dict[str, bytes]]
) -> None:
    made = MadeImage([layer({"a": "1"})], packs=gzipped)
    other = gzipped(layer({"a": "2"}))
    files = {
        name: other if content == made.packed[0] else content
        for name, content in write(made).items()
    }
    with pytest.raises(WrongInput, match="is not what the image was made of") as refused:
        unpacked(tmp_path, files)
    assert "sha256:" in refused.value.seen


def test_a_layer_that_is_no_tar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="is no tar"):
        unpacked(tmp_path, docker_files(MadeImage([b"no tar" * 300])))
