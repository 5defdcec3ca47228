"""Packages of a server: what a killed run left is finished, an apt that still runs waited for."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.connection import CommandFailed, Connection, Result, SshTarget
from tasks.server.packages import finish_what_was_begun, plan_packages

HELD = "dpkg: error: dpkg frontend lock was locked by another process with pid 812\n"
CONFIGURE = ("dpkg", "--configure", "-a")


class Dpkg(Connection):
    """A server on which dpkg answers so, one answer after the other."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        nowhere = Path("/nonexistent")
        super().__init__(SshTarget("server", "10.0.7.100", 22, "root", nowhere, nowhere))
        self.answered = iter(answers)

    def run(self, *argv: str, **rest: object) -> Result:
        status, said = next(self.answered)
        return Result(argv, status, "", said)


@pytest.fixture(autouse=True)
def _state(own_state: Path) -> None:
    """What waits teach is kept in a state folder of the test's own."""


def test_an_installation_that_still_runs_is_waited_for() -> None:
    server = Dpkg((2, HELD), (0, ""))
    finish_what_was_begun(server, CONFIGURE)
    assert next(server.answered, None) is None


def test_a_package_that_cannot_be_configured_is_a_failure() -> None:
    with pytest.raises(CommandFailed, match="dpkg --configure -a"):
        finish_what_was_begun(Dpkg((1, "post-installation failed")), CONFIGURE)


def test_only_what_is_not_whole_is_installed() -> None:
    have = {"lvm2": "installed", "zstd": "half-configured"}
    assert plan_packages(have, ("lvm2", "zstd", "socat")) == ["zstd", "socat"]
