"""The login: made once, secret, and refused when it is no secret any more."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from errors import EposVirtError
from runs.prefect_server.login import login, login_file


def test_the_login_is_a_user_and_a_long_password_that_only_its_owner_reads(own_state: Path) -> None:
    user, _, password = login().partition(":")
    assert (user, len(password)) == ("epos-virt", 32)
    assert stat.S_IMODE(login_file().stat().st_mode) == 0o600
    assert list(login_file().parent.iterdir()) == [login_file()]


def test_all_who_ask_at_once_get_the_same_login(own_state: Path) -> None:
    asking = Barrier(8)

    def ask() -> str:
        asking.wait()
        return login()

    for _ in range(50):
        login_file().unlink(missing_ok=True)
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(ask) for _ in range(8)]
        assert len({one.result() for one in asked}) == 1
    assert list(login_file().parent.iterdir()) == [login_file()]


def test_a_login_that_others_can_read_is_refused(own_state: Path) -> None:
    login()
    login_file().chmod(0o640)
    with pytest.raises(EposVirtError, match="not a secret") as error:
        login()
    assert "mode 0640" in error.value.seen
    assert str(login_file()) in error.value.remedy
