"""The settings of the servers we start, as Prefect takes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runs.prefect_server.program import settle


def test_a_server_that_has_nothing_to_write_sleeps(
    own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefect cuts the interval to whole seconds: 0 is a loop that takes a third of a processor."""
    name = "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL"
    monkeypatch.setattr(os, "environ", {"HOME": str(own_state)})
    settle(4200, [])
    assert int(float(os.environ[name])) >= 1
