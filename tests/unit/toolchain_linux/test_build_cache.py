"""What was built before is used again only as it was stored; what is damaged is made again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from toolchains.cache import damage, key_of, stored


def make(folder: Path) -> None:
    (folder / "kernel").write_bytes(b"the kernel")
    (folder / "root").mkdir()
    (folder / "root" / "image").write_bytes(b"the image")


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    found, made = stored(tmp_path / "images", key_of("a"), make)
    assert made
    return found


def flipped(entry: Path) -> None:
    file = entry / "root" / "image"
    file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])


def cut(entry: Path) -> None:
    (entry / "kernel").write_bytes(b"the ker")


def gone(entry: Path) -> None:
    (entry / "kernel").unlink()


def more(entry: Path) -> None:
    (entry / "root" / "other").write_text("somebody's")


def unsigned(entry: Path) -> None:
    (entry / ".sha256.json").unlink()


def torn(entry: Path) -> None:
    (entry / ".sha256.json").write_text('{"kernel": ')


@pytest.mark.parametrize("fault", [flipped, cut, gone, more, unsigned, torn])
def test_26_a_damaged_entry_is_found_and_made_again(
    entry: Path, fault: Callable[[Path], None]
) -> None:
    fault(entry)
    assert damage(entry)
    again, made = stored(entry.parent, entry.name, make)
    assert (again, made) == (entry, True)
    assert damage(entry) is None
    assert (entry / "root" / "image").read_bytes() == b"the image"


def test_a_whole_entry_is_not_made_again(entry: Path) -> None:
    assert stored(entry.parent, entry.name, gone) == (entry, False)


def test_a_build_that_fails_leaves_no_entry(tmp_path: Path) -> None:
    def fails(folder: Path) -> None:
        make(folder)
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        stored(tmp_path, "key", fails)
    assert not (tmp_path / "key").exists()
    assert stored(tmp_path, "key", make)[1]
