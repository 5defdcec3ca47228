"""A state folder that cannot be used is told by every way in, without a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
WAYS = (
    ("-m", "flows.history", "list"),
    ("-m", "flows.serve", "--env"),
    ("-m", "lab", "status"),
    ("-m", "commands", "history", "list"),
    ("-m", "commands", "ps"),
)


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_it_is_told(tmp_path: Path, way: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, *way],
        cwd=PROJECT,
        env=os.environ | {"EPOS_VIRT_STATE": str(tmp_path / "file")},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"the state folder {tmp_path / 'file'} cannot be used\n  seen: ")


def test_what_is_missing_is_made_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from state import state_folder

    monkeypatch.setenv("EPOS_VIRT_STATE", str(tmp_path / "a" / "b"))
    made = state_folder("c", "d")
    folders = [made, *made.parents][:4]
    assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700] * 4
