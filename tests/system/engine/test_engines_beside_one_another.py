"""An engine of ours beside the operator's: what that one's containers are on stays."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from blocks.engine import own_engine

pytestmark = pytest.mark.docker


def test_one_that_only_keeps_images_leaves_the_bridge_of_another(engine: str) -> None:
    assert has_bridge(), "the tests' engine has one"
    with (
        tempfile.TemporaryDirectory(prefix="epos-virt-") as folder,
        own_engine(Path(folder), Path(folder) / "data", apart=True) as own,
    ):
        assert own().ping()
        assert has_bridge()


def has_bridge() -> bool:
    return "docker0" in (name for _, name in socket.if_nameindex())
