"""A run that its operator ends: cancelled, quiet, and over before another may begin.

Needs neither lab nor engine, but a Prefect server.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings
from prefect.states import Cancelling

from history import open_history
from runs.prefect_server import prefect_server
from runs.prefect_server.login import login
from runs.wait import wait_until
from tests.patience import LONGEST
from tests.system.lab_of_tests import ROOT

# The server ends by itself after its last user, so nobody waits for its process.
pytestmark = pytest.mark.filterwarnings(r"ignore:subprocess \d+ is still running:ResourceWarning")
POINTS = ("begin", "plan", "action", "between", "end")
MODULE = "tests.system.prefect.run_of_waiting_steps"
SERVE = f"from {MODULE} import waiting; waiting.serve('ended')"


@pytest.fixture(scope="module")
def running_prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Promise a Prefect server with a state of its own, gives how to reach it.

    Both end with this module; in this process Prefect's clients reach it, too.
    """
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
            yield {"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": login()}


@dataclass
class Run:
    """A run of waiting steps: where it tells what it does, its state folder, its server."""

    told: Path
    state: Path
    prefect: dict[str, str]

    def start(self, point: str, number: int, *arguments: str) -> subprocess.Popen[str]:
        own = {"EPOS_VIRT_STATE": str(self.state), **self.prefect}
        own |= {"POINT": point, "TOLD": str(self.told), "SIGNAL": str(number)}
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=os.environ | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def says(self, what: str) -> bool:
        return self.told.exists() and what in self.told.read_text().splitlines()

    def wait_for(self, what: str, process: subprocess.Popen[str]) -> None:
        wait_until(
            lambda: self.says(what) or process.poll() is not None,
            what=what,
            within=LONGEST,
            every=0.02,
            remedy="",
        )
        if process.poll() is not None and not self.says(what):
            pytest.fail(f"it ended with {process.returncode}: {process.communicate()}")

    def what_was_told_when_the_lock_was_free(self) -> str:
        """Take the run's lock as soon as it can be taken, as another run would."""
        [path] = (self.state / "locks").iterdir()

        def free() -> bool:
            with path.open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True

        wait_until(free, what="the lock", within=LONGEST, every=0.01, remedy="")
        return self.told.read_text()

    def recorded(self) -> dict[str, Any]:
        with open_history(str(self.state / "history.sqlite")) as history:
            return history.run("last")

    def in_prefect(self) -> set[str]:
        """Give the states of all flow runs that Prefect knows."""
        with get_client(sync_client=True) as api:
            return {run.state.type.value for run in api.read_flow_runs() if run.state}


@pytest.fixture
def run(tmp_path: Path, running_prefect: dict[str, str]) -> Run:
    return Run(tmp_path / "told", tmp_path / "state", running_prefect)


@pytest.mark.parametrize(
    ("point", "number"),
    [
        *((point, signal.SIGTERM) for point in POINTS),
        ("action", signal.SIGINT),
        ("action", signal.SIGHUP),
    ],
)
def test_a_run_that_is_ended_undoes_then_lets_others_begin(
    run: Run, point: str, number: signal.Signals
) -> None:
    process = run.start(point, number, "-m", MODULE)
    if point != "between":  # there it sends the signal to itself
        run.wait_for("waits", process)
        process.send_signal(number)
        process.send_signal(number)  # as `timeout` does
        assert run.what_was_told_when_the_lock_was_free() == "waits\nundone\n"
    stdout, stderr = process.communicate(timeout=LONGEST)
    assert (process.returncode, stdout) == (130, ""), stderr
    assert "Traceback" not in stderr
    assert "run the same command again" in stderr
    assert run.recorded()["state"] == "cancelled"
    states = {step["state"] for step in run.recorded()["steps"]}
    assert states <= {"cancelled", "changed", "unchanged"}
    assert not run.says("the second step began")
    assert run.in_prefect() == {"CANCELLED"}


def test_a_run_that_is_cancelled_in_prefect_undoes_and_is_cancelled(run: Run) -> None:
    serving = run.start("action", 0, "-c", SERVE)
    try:
        with get_client(sync_client=True) as api:

            def registered() -> Any:
                try:
                    return api.read_deployment_by_name("waiting/ended")
                except ObjectNotFound:
                    return None

            deployment = wait_until(registered, what="its deployment", within=LONGEST, remedy="")
            made = api.create_flow_run_from_deployment(deployment.id)
            run.wait_for("waits", serving)
            api.set_flow_run_state(made.id, Cancelling())
            assert run.what_was_told_when_the_lock_was_free() == "waits\nundone\n"

            def state() -> Any:
                found = api.read_flow_run(made.id).state
                return found if found and found.is_final() else None

            ended = wait_until(state, what="its final state", within=LONGEST, remedy="")
        assert ended.type.value == "CANCELLED"
        assert run.recorded()["state"] == "cancelled"
    finally:
        serving.terminate()
        serving.communicate(timeout=LONGEST)
