"""A run that a block leads to another server goes on from there with that server's key."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from blocks.connection import SshTarget
from blocks.doors import USUAL, Doors
from deployments.model import Environment
from errors import WrongInput
from flows.session import find_domu, open_session


@pytest.fixture
def doors(tmp_path: Path) -> Doors:
    """The lab is not up: whoever asks the environment for its server fails."""
    key = tmp_path / "of.the.block"
    (tmp_path / "of.the.block.pub").write_text("ssh-ed25519 OF-THE-BLOCK\n")
    return replace(USUAL, server=SshTarget("far", "192.0.2.9", 22, "root", key, tmp_path / "known"))


def test_its_domus_let_in_the_key_that_they_are_reached_with(
    own_state: Path, environment: Environment, doors: Doors
) -> None:
    assert doors.server
    name = environment.domus[0].name
    with open_session(environment, builds=False, doors=doors) as session:
        identity = session.identity(name)()
        reached = session.connections.domu(name).target
    assert identity.authorized == "ssh-ed25519 OF-THE-BLOCK"
    assert reached.key == doors.server.key
    assert reached == find_domu(environment, name, doors)


def test_a_key_without_its_public_half_is_told_with_what_makes_it(
    own_state: Path, environment: Environment, doors: Doors
) -> None:
    assert doors.server
    Path(f"{doors.server.key}.pub").unlink()
    with (
        open_session(environment, builds=False, doors=doors) as session,
        pytest.raises(WrongInput, match="ssh-keygen -y -f"),
    ):
        session.identity(environment.domus[0].name)()
