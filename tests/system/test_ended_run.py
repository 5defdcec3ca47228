"""A run that its operator ends: cancelled, quiet, and over before another may begin.

Needs neither lab nor engine, but a Prefect server.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from history import open_history
from runs.prefect_server import prefect_server
from runs.wait import wait_until
from tests.system.lab_of_tests import ROOT

POINTS = ("begin", "plan", "action", "between", "end")


@pytest.fixture(scope="module")
def running_prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Promise a Prefect server on loopback with a state of its own; both end with this module."""
    home = tmp_path_factory.mktemp("prefect")
    with (
        pytest.MonkeyPatch.context() as patch,
        temporary_settings({PREFECT_API_URL: None, PREFECT_HOME: str(home)}),
    ):
        for name in ("EPOS_VIRT_STATE", "PREFECT_HOME"):
            patch.setenv(name, str(home))
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        patch.delenv("PREFECT_API_URL", raising=False)
        with prefect_server() as url:
            yield url


class Ended:
    """A run that was ended by a signal."""

    def __init__(self, folder: Path, url: str, point: str, number: int) -> None:
        self.undone, self.state = folder / "undone", folder / "state"
        environment = {"EPOS_VIRT_STATE": str(self.state), "PREFECT_API_URL": url}
        environment |= {"UNDONE": str(self.undone), "SIGNAL": str(number)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.system.run_of_waiting_steps", point],
            cwd=ROOT,
            env=os.environ | environment | {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        said = []
        if point != "between":
            for line in self.process.stderr:
                said.append(line)
                if line.startswith("waits:"):
                    break
            self.process.send_signal(number)
            self.process.send_signal(number)  # as `timeout` does
        self.undone_when_free = self.what_was_undone_when_the_lock_was_free(point)
        self.stdout, rest = self.process.communicate(timeout=120)
        self.stderr = "".join(said) + rest

    def what_was_undone_when_the_lock_was_free(self, point: str) -> str:
        """Take the run's lock as soon as it can be taken, as another run would."""
        if point == "between":
            return ""
        [path] = (self.state / "locks").iterdir()

        def free() -> bool:
            with path.open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True

        wait_until(free, what="the lock", within=120, every=0.01, remedy="")
        return self.undone.read_text()


@pytest.mark.parametrize(
    ("point", "number"),
    [
        *((point, signal.SIGTERM) for point in POINTS),
        ("action", signal.SIGINT),
        ("action", signal.SIGHUP),
    ],
)
def test_a_run_that_is_ended_undoes_then_lets_others_begin(
    tmp_path: Path, running_prefect: str, point: str, number: int
) -> None:
    ended = Ended(tmp_path, running_prefect, point, number)
    assert ended.process.returncode == 130, ended.stderr
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    assert "run the same command again" in ended.stderr
    with open_history(str(ended.state / "history.sqlite")) as history:
        told = history.run("last")
    assert told["state"] == "cancelled", json.dumps(told, indent=2, default=str)
    assert {step["state"] for step in told["steps"]} <= {"cancelled", "changed", "unchanged"}
    if point == "between":
        assert not ended.undone.exists()
    else:
        assert ended.undone_when_free == "undone\n"
    with (
        temporary_settings({PREFECT_API_URL: running_prefect}),
        get_client(sync_client=True) as api,
    ):
        states = {run.state.type.value for run in api.read_flow_runs() if run.state}
    assert states == {"CANCELLED"}
