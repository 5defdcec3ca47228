"""A container image that a guest is made of: kept whole, in the place of an older one."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import pytest

from errors import EposVirtError
from tasks.unikernel.sources import archive_of, keep_image

OWN = "FROM scratch\nUSER 1\nHEALTHCHECK CMD true\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "app"
    made.mkdir()
    (made / "Dockerfile").write_text(OWN)
    return made


def test_a_newer_image_takes_the_place_of_the_older(
    own_state: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[str] = []

    def save(_engine: object, tag: str, file: IO[bytes]) -> None:
        saved.append(tag)
        file.write(tag.encode())

    monkeypatch.setattr("tasks.unikernel.sources.save_image", save)
    engine: Any = None
    keep_image(engine, folder)
    keep_image(engine, folder)
    assert len(saved) == 1
    older = archive_of(folder)
    (folder / "Dockerfile").write_text(f"{OWN}LABEL of=now\n")
    keep_image(engine, folder)
    newer = archive_of(folder)
    assert newer != older
    assert list(newer.parent.iterdir()) == [newer]
    assert newer.read_text() == saved[-1]


def test_one_that_was_cut_off_is_none(
    own_state: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(_engine: object, tag: str, file: IO[bytes]) -> None:
        file.write(b"half")
        raise EposVirtError("the engine is gone", remedy="start it")

    monkeypatch.setattr("tasks.unikernel.sources.save_image", save)
    engine: Any = None
    with pytest.raises(EposVirtError, match="is gone"):
        keep_image(engine, folder)
    assert list(archive_of(folder).parent.iterdir()) == []
