"""The login: made once, secret, and refused when it is no secret any more."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from errors import EposVirtError
from runs.prefect_server.login import login, login_file


def test_the_login_is_a_user_and_a_long_password_that_only_its_owner_reads(own_state: Path) -> None:
    user, _, password = login().partition(":")
    assert (user, len(password)) == ("epos-virt", 32)
    assert stat.S_IMODE(login_file().stat().st_mode) == 0o600
    assert list(login_file().parent.iterdir()) == [login_file()]


def test_all_who_ask_at_once_get_the_same_login(own_state: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: login(), range(32)))) == 1


def test_a_login_that_others_can_read_is_refused(own_state: Path) -> None:
    login()
    login_file().chmod(0o640)
    with pytest.raises(EposVirtError, match="not a secret") as error:
        login()
    assert "mode 0640" in error.value.seen
    assert str(login_file()) in error.value.remedy
