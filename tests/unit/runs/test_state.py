"""Files of the state folder: whole or not at all, whoever writes at once."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from errors import WrongInput
from state import keep_first, made_beside, replace_text, state_folder, state_place


def test_a_file_that_many_replace_at_once_is_one_of_theirs(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    texts = [json.dumps([number] * 5000) for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: replace_text(path, text), texts))
    assert path.read_text() in texts
    assert list(tmp_path.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_put_there_leaves_nothing_beside(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_text(tmp_path / "file", "text")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_who_is_first_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    assert [keep_first(path, text) for text in ("first", "second")] == ["first", "first"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_appears_when_it_is_whole_and_what_a_killed_run_left_goes(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    left, lock, others = ".folder-killed", ".folder.lock", ".folder2-made-now"
    for name in (left, others):
        (tmp_path / name).mkdir()
    (tmp_path / lock).touch()
    with made_beside(folder, alone=True) as made:
        made.mkdir()
        (made / "file").write_text("text")
        assert not folder.exists()
        assert not (tmp_path / left).exists()
    assert (folder / "file").read_text() == "text"
    assert {path.name for path in tmp_path.iterdir()} == {"folder", lock, others}


def test_what_fails_while_it_is_made_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("before")
    with pytest.raises(KeyboardInterrupt), made_beside(file) as made:
        made.write_text("half")
        raise KeyboardInterrupt
    assert file.read_text() == "before"
    assert list(tmp_path.iterdir()) == [file]


def test_who_only_looks_makes_no_folder(own_state: Path) -> None:
    assert state_place("a", "b") == own_state / "a" / "b"
    assert not own_state.exists()
    assert state_folder("a", "b") == state_place("a", "b")
    assert own_state.is_dir()


def test_a_place_below_a_file_is_refused(own_state: Path) -> None:
    own_state.write_text("")
    with pytest.raises(WrongInput, match="cannot be used") as raised:
        state_place("a", "b")
    assert raised.value.seen == f"[Errno 20] Not a directory: '{own_state}'"
