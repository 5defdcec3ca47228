"""What is counted in a root: what `find` says of a real tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tasks.measuring.inside import FIND, counted


def test_files_are_counted_by_what_may_be_done_with_them(tmp_path: Path) -> None:
    for name, mode in {"text": 0o644, "program": 0o755, "own": 0o4755, "group's": 0o2711}.items():
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(mode)
    (tmp_path / "folder").mkdir(mode=0o2755)
    (tmp_path / "link").symlink_to("program")
    command, *tests = FIND
    found = subprocess.run(
        [command, tmp_path, *tests], capture_output=True, text=True, check=True
    ).stdout
    figures = {one.metric: one.values for one in counted(found, "")}
    assert figures == {"files": [4], "executables": [3], "setuid": [2]}


def test_nothing_inside_is_nothing() -> None:
    assert [one.values for one in counted("", "")] == [[0], [0], [0]]
