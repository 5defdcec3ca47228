"""Where the history is: what is neither a path nor a URL is refused, and no password is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import WrongInput
from history import HistoryUnavailable, open_history, read_history
from history.database import locate

SECRET = "S3cretPassw0rd"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://127.0.0.1:1/x?password={SECRET}",
        f"postgresql://u:{SECRET}@127.0.0.1:1/x?sslpassword={SECRET}",
        f"postgresql:///x?host=127.0.0.1&port=1&password={SECRET}",
    ],
)
def test_a_server_that_does_not_answer_is_named_without_its_password(url: str) -> None:
    with pytest.raises(HistoryUnavailable) as refused:
        read_history(url)
    assert SECRET not in str(refused.value)
    assert "127.0.0.1" in refused.value.what


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://u:S3c@{SECRET}/{SECRET}@127.0.0.1:1",
        f"postgresql://u/{SECRET}@127.0.0.1:1",
        f"postgresql://u:{SECRET}@{SECRET}@127.0.0.1/x",
        f"postgresql://u:a@b?{SECRET}@127.0.0.1/x",
        f"postgresql://u:a@b:{SECRET}@127.0.0.1/x",
        f"mysql://u:{SECRET}@h/d?password={SECRET}",
        f"u:{SECRET}@",
        f"u:{SECRET}@127.0.0.1/x",
        f"{SECRET}@127.0.0.1/x",
        f"postgresql:/u:{SECRET}@127.0.0.1/x",
        f"~{SECRET}/history.sqlite",
        f"./\0{SECRET}",
    ],
)
def test_a_mistyped_url_is_refused_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WrongInput) as refused:
        open_history(url)
    assert SECRET not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("blank", [" ", "\t", " \n "])
def test_what_is_blank_is_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blank: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EPOS_VIRT_HISTORY", blank)
    with pytest.raises(WrongInput, match="neither a path nor a URL"):
        open_history()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["kept.sqlite", "my runs/kept", "./u:x@", "../a@b", "/x/a:b"])
def test_a_path_is_one_of_a_file(path: str) -> None:
    assert locate(path).database == str(Path(path).absolute())


def test_a_password_may_hold_anything_that_is_escaped() -> None:
    found = locate("postgresql://u:S3c%40ret%2FPassw0rd@127.0.0.1:1/x")
    assert (found.host, found.password) == ("127.0.0.1", "S3c@ret/Passw0rd")
