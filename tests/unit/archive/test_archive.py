"""The archive's file system keeps the times of its files, which decide its key as well."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tasks.archive import archive_key, make_image
from tests.needs import program

PUBLISHED = 1_704_070_800  # 2024-01-01 01:00 UTC


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    (made / "2024").mkdir(parents=True)
    (made / "2024" / "test0010.24o").write_text("observations\n")
    for path in (made / "2024" / "test0010.24o", made / "2024", made):
        os.utime(path, (PUBLISHED, PUBLISHED))
    return made


def test_files_have_their_own_times_on_the_server(folder: Path, tmp_path: Path) -> None:
    program("mksquashfs", package="squashfs-tools")
    make_image(folder, tmp_path / "image")
    subprocess.run(
        ["unsquashfs", "-quiet", "-no-progress", "-dest", tmp_path / "there", tmp_path / "image"],
        check=True,
        capture_output=True,
    )
    assert (tmp_path / "there/2024/test0010.24o").stat().st_mtime == PUBLISHED


def test_the_same_files_give_the_same_image(folder: Path, tmp_path: Path) -> None:
    program("mksquashfs", package="squashfs-tools")
    for name in ("one", "other"):
        make_image(folder, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_file_published_again_is_carried_again(folder: Path) -> None:
    before = archive_key(folder)
    assert archive_key(folder) == before
    os.utime(folder / "2024" / "test0010.24o", (PUBLISHED + 60, PUBLISHED + 60))
    assert archive_key(folder) != before
