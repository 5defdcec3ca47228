"""Prefect's home is made before flows run, and neither made nor missed where only is looked."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from commands import flow
from deployments.load import load_environment
from tests.patience import LONGEST

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize("module", ["flows.plan", "flows.measure"])
def test_an_import_says_nothing_of_a_home_that_is_not_there(own_state: Path, module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if name != "PREFECT_HOME"},
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not own_state.exists()


def test_who_runs_a_flow_makes_it_first(
    flows: ModuleType, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def server(**_: Any) -> None:
        made.append(stat.S_IMODE((own_state / "prefect").stat().st_mode))
        raise KeyboardInterrupt

    monkeypatch.setattr("runs.prefect_server.prefect_server", server)
    monkeypatch.setattr(flow, "much_imported", nullcontext)  # it freezes garbage, for good
    with pytest.raises(KeyboardInterrupt):
        flow.run("measure", load_environment(PROJECT / "deployments/lab.yaml"))
    assert made == [0o700]
