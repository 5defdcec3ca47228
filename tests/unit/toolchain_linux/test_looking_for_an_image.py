"""What `look` finds is what `build` gives; it makes nothing, and a change of it makes none anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.image_archives import MadeImage, as_tar, docker_files, layer
from toolchains import Application, linux, read_application, rewritten
from toolchains.application import application_of_image
from toolchains.cache import file_key, find, stored
from toolchains.linux import buildroot
from toolchains.linux.kernel import SOURCE_PACKAGE

PROJECT = Path(__file__).parents[3]


def of_sources(_folder: Path) -> Application:
    return read_application(PROJECT / "apps" / "indexgd")


def of_an_image(folder: Path) -> Application:
    image = MadeImage([layer({"app": "program"})], {"Cmd": ["/app"]})
    as_tar(folder / "image.tar", docker_files(image))
    return application_of_image(folder / "image.tar", "")


def make_quickly(store: Path, key: str, _make: Callable[[Path], None]) -> tuple[Path, bool]:
    """Store an image as `stored` does, without a compiler."""

    def make(folder: Path) -> None:
        (folder / "kernel").write_text("kernel")
        (folder / "root").write_text("root")
        (folder / "image.json").write_text(json.dumps({"packages": {}}))

    return stored(store, key, make)


def make_build_root(folder: Path, _packages: object) -> None:
    folder.mkdir()
    (folder / "packages.json").write_text(json.dumps({SOURCE_PACKAGE: "6.12"}))


@pytest.mark.parametrize("source", [of_sources, of_an_image])
def test_a_look_finds_what_was_built(
    source: Callable[[Path], Application], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buildroot, "_require_root", lambda: None)
    monkeypatch.setattr(buildroot, "_make", make_build_root)
    monkeypatch.setattr("toolchains.linux.images.stored", make_quickly)
    monkeypatch.setattr("toolchains.linux.container.guest.stored", make_quickly)
    application, cache = source(tmp_path), tmp_path / "cache"
    assert linux.look(application, cache) is None
    assert not cache.exists()
    built = linux.build(application, cache)
    assert built.built
    there = sorted(cache.rglob("*"))
    assert linux.look(application, cache) == built.model_copy(update={"built": False})
    assert sorted(cache.rglob("*")) == there
    built.root.write_text("damaged")
    assert linux.look(application, cache) is None
    changed = application.model_copy(update={"port": application.port + 1})
    assert linux.look(changed, cache) is None


def test_a_store_is_looked_at_only(tmp_path: Path) -> None:
    assert find(tmp_path / "store", "key") is None
    assert not (tmp_path / "store").exists()
    entry, _ = make_quickly(tmp_path / "store", "key", Path.mkdir)
    assert find(tmp_path / "store", "key") == entry


def test_what_was_written_anew_counts_as_before_until_it_is_changed_again(tmp_path: Path) -> None:
    toolchains = PROJECT / "toolchains"
    for name, (now, before) in rewritten.REWRITTEN.items():
        assert file_key(toolchains / name) == now, f"{name} was changed: take its line away"
        assert rewritten.code_key(toolchains / name) == before
    other = tmp_path / "images.py"
    other.write_text((toolchains / "linux" / "images.py").read_text() + "# changed\n")
    assert rewritten.code_key(other) == file_key(other)
