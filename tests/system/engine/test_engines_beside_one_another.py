"""An engine of ours beside the operator's: what that one's containers are on stays."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from blocks.engine import own_engine

pytestmark = pytest.mark.docker


@pytest.mark.parametrize("apart", [True, False])
def test_one_of_ours_leaves_the_bridge_of_another(engine: str, apart: bool) -> None:
    assert has_bridge(), "the tests' engine has one"
    with (
        tempfile.TemporaryDirectory(prefix="epos-virt-") as folder,
        own_engine(Path(folder), Path(folder) / "data", apart=apart) as own,
    ):
        assert own().ping()
        assert has_bridge()


def has_bridge() -> bool:
    return "docker0" in (name for _, name in socket.if_nameindex())
