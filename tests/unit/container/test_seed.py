"""A new domU's engine has its images from the start, where this machine can put them there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runs.telling import told_to
from tasks.container.seed import DATA, DRIVER, seed_images

NEAR: Any = SimpleNamespace(api=SimpleNamespace(get_image=lambda tag, chunk_size: [tag.encode()]))


class Engine:
    """An engine that keeps its images where the real one does, and more beside."""

    def __init__(self, data: Path, driver: str) -> None:
        self.data, self.driver, self.images = data, driver, self
        for name in ("image", DRIVER, "network", "containers"):
            (data / name).mkdir(parents=True)
        (data / "engine-id").touch()

    def info(self) -> dict[str, str]:
        return {"Driver": self.driver}

    def load(self, blocks: list[bytes]) -> None:
        (self.data / "image" / "loaded").write_bytes(b"".join(blocks))

    def get(self, tag: str) -> None:
        assert tag


@pytest.fixture
def root(tmp_path: Path) -> Path:
    daemon = tmp_path / "root" / "usr" / "sbin" / "dockerd"
    daemon.parent.mkdir(parents=True)
    daemon.touch()
    return tmp_path / "root"


def own_engine(driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def own(_folder: Path, data: Path, *, apart: bool) -> Iterator[Any]:
        assert apart, "it would take the bridge of another engine away"
        yield lambda: Engine(data, driver)

    monkeypatch.setattr("blocks.engine.own_engine", own)


def test_its_images_are_there_and_nothing_else_of_the_engine(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_engine(DRIVER, monkeypatch)
    seed_images(root, NEAR, ["epos/fwss:1"])
    assert {path.name for path in (root / DATA).iterdir()} == {"image", DRIVER}
    assert (root / DATA / "image" / "loaded").read_text() == "epos/fwss:1"


def test_where_this_machine_keeps_layers_otherwise_the_domu_starts_without(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_engine("vfs", monkeypatch)
    heard: list[str] = []
    with told_to(heard.append):
        seed_images(root, NEAR, ["epos/fwss:1"])
    assert not (root / DATA).exists()
    [said] = heard
    assert said.startswith("images are sent later: ")
    assert "storage driver vfs" in said


def test_a_root_without_an_engine_gets_none(tmp_path: Path) -> None:
    seed_images(tmp_path, NEAR, ["epos/fwss:1"])
    assert list(tmp_path.iterdir()) == []
