"""What flows.serve carries out: runs started by hand and by the clock, late ones; how it ends."""

from __future__ import annotations

import json
import os
import queue
import signal
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from runs.lock import server_lock
from runs.wait import wait_until
from tests.patience import LONGEST
from tests.system.prefect.prefect_of_tests import Serving, harmless_environment, serve

pytestmark = pytest.mark.docker

HARMLESS = "image epos/base"  # looks whether this machine's engine has the image; it has
NIGHTLY = "rebuild_and_measure"
EVERY_MINUTE = ("--cron", "* * * * *", "--only", HARMLESS)
# Every day, half a day from now: no run of it fires while the tests run.
FAR_AWAY = ("--cron", f"0 {(datetime.now().hour + 12) % 24} * * *", "--only", HARMLESS)


@pytest.fixture(scope="module")
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment whose steps on this machine can be run."""
    return harmless_environment(tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder whose Prefect knows nothing yet; the module's tests share it."""
    return tmp_path_factory.mktemp("serving") / "state"


@pytest.fixture(scope="class")
def serving(
    own_environment: Path, state: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Serving]:
    """Promise a flows.serve that carries out runs, and starts none by itself; one for a class."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    with serve(state, str(own_environment), *FAR_AWAY, cwd=elsewhere) as found:
        found.said("serving; ")
        yield found


def test_a_schedule_fires_and_its_run_completes(
    own_environment: Path, state: Path, tmp_path: Path
) -> None:
    with serve(state, str(own_environment), *EVERY_MINUTE, cwd=tmp_path) as serving:
        serving.said("serving; ")

        def fired() -> list[dict[str, Any]]:
            runs = serving.runs(NIGHTLY)
            return [run for run in runs if run["auto_scheduled"] and run["end_time"]]

        (run, *_) = wait_until(fired, what="a scheduled run", within=LONGEST, remedy="")
        assert (run["state_name"], run["state"]["message"]) == ("Completed", None)
        assert run["parameters"]["only"] == [HARMLESS]
        serving.said(f"{run['name']}: Completed")


class TestRunsStartedByHand:
    """As the UI and `prefect deployment run` start them, one flows.serve for all."""

    def test_a_run_started_as_the_ui_does_completes_and_leaves_its_table(
        self, serving: Serving
    ) -> None:
        run = serving.ended(serving.start(only=[HARMLESS]))
        assert run["state_name"] == "Completed", run["state"]["message"]
        newest = serving.newest("table-harmless")
        assert newest["flow_run_id"] == run["id"]
        assert f"| {HARMLESS} | unchanged |" in newest["data"]

    def test_a_plan_started_as_the_ui_does_leaves_itself_as_a_table(self, serving: Serving) -> None:
        run = serving.ended(serving.start("plan", only=[HARMLESS]), "plan")
        assert run["state_name"] == "Completed", run["state"]["message"]
        assert run["state"]["message"].endswith("Nothing was touched.")
        newest = serving.newest("plan-harmless")
        assert newest["flow_run_id"] == run["id"]
        assert f"| {HARMLESS} |" in newest["data"]

    def test_of_two_runs_at_once_the_second_waits_for_its_turn(self, serving: Serving) -> None:
        first, second = serving.start(only=[HARMLESS]), serving.start(only=[HARMLESS])
        ended = [serving.ended(first), serving.ended(second)]
        assert [run["state_name"] for run in ended] == ["Completed", "Completed"]
        early, late = sorted(ended, key=lambda run: str(run["start_time"]))
        assert early["end_time"] <= late["start_time"]

    def test_a_run_that_meets_one_from_a_shell_is_refused_and_told_which(
        self, serving: Serving, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("EPOS_VIRT_STATE", str(serving.state))
        with server_lock("nowhere", "deploy_all of my.yaml"):
            run = serving.ended(serving.start(only=[HARMLESS]))
        assert run["state_name"] == "Failed"
        told = run["state"]["message"]
        assert "server nowhere is being changed by another run" in told
        assert f'"pid": {os.getpid()}, "run": "deploy_all of my.yaml"' in told


class Receiver(BaseHTTPRequestHandler):
    """A webhook: keeps what it is told."""

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.put(told)  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, queue.Queue[dict[str, str]]]]:
    """Promise a webhook on loopback: its address, and what it is told."""
    told: queue.Queue[dict[str, str]] = queue.Queue()
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.told = told  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", told
        finally:
            server.shutdown()
            thread.join()


def test_a_webhook_is_told_of_a_run_that_fails_and_of_no_other(
    own_environment: Path,
    state: Path,
    tmp_path: Path,
    receiver: tuple[str, queue.Queue[dict[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, told = receiver
    monkeypatch.setenv("EPOS_VIRT_STATE", str(state))
    settings = (str(own_environment), *FAR_AWAY, "--notify", url)
    with serve(state, *settings, cwd=tmp_path) as serving:
        serving.said("serving; ")
        serving.ended(serving.start(only=[HARMLESS]))
        with server_lock("nowhere", "deploy_all of my.yaml"):
            failed = serving.ended(serving.start(NIGHTLY, only=[HARMLESS]), NIGHTLY)
        message = told.get(timeout=LONGEST)
    assert message["subject"] == f"nightly: {failed['name']}: Failed"
    assert "server nowhere is being changed by another run" in message["body"]
    assert failed["id"] in message["body"]
    assert told.empty()


def make_overdue(state: Path, runs: list[str]) -> None:
    """Move the time at which runs are due to the nights before, as if nobody had served since."""
    with sqlite3.connect(state / "prefect" / "prefect.db") as database:
        for nights, run in enumerate(reversed(runs), start=1):
            due = datetime.now(UTC) - timedelta(days=nights)
            shown = due.strftime("%Y-%m-%d %H:%M:%S.%f")
            database.execute(
                "UPDATE flow_run SET next_scheduled_start_time = ?, expected_start_time = ?"
                " WHERE id = ?",
                (shown, shown, run),
            )
            database.execute(
                "UPDATE flow_run_state SET state_details ="
                " json_set(state_details, '$.scheduled_time', ?) WHERE flow_run_id = ?",
                (due.isoformat(), run),
            )
    database.close()


def test_of_three_overdue_runs_one_catches_up_and_the_others_are_skipped(
    own_environment: Path, state: Path, tmp_path: Path
) -> None:
    daily = (str(own_environment), *FAR_AWAY)
    with serve(state, *daily, cwd=tmp_path) as before:
        before.said("serving; ")

        def due() -> list[str]:
            return [run["id"] for run in before.runs(NIGHTLY) if run["state_name"] == "Scheduled"]

        overdue = wait_until(
            lambda: found[:3] if len(found := due()) >= 3 else None,
            what="three runs that are scheduled",
            within=LONGEST,
            remedy="",
        )
        assert before.stop() == 0
    make_overdue(state, overdue)
    with serve(state, *daily, cwd=tmp_path) as serving:
        serving.said("serving; ")
        ended = {run: serving.ended(run, NIGHTLY) for run in overdue}
        assert [ended[run]["state_name"] for run in overdue] == [
            "Cancelled",
            "Cancelled",
            "Completed",
        ]
        for run in overdue[:2]:
            assert "skipped: was due at" in ended[run]["state"]["message"]
            serving.said(f"{ended[run]['name']}: Cancelled: skipped: was due at")


def test_a_server_that_dies_is_started_again_and_runs_go_on(serving: Serving) -> None:
    lock = serving.state / "prefect" / "server.lock"
    pid = json.loads(lock.read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    serving.said("the Prefect server ended; starting it again")
    serving.said("the Prefect server answers again")
    assert json.loads(lock.read_text())["pid"] != pid
    assert serving.ended(serving.start(only=[HARMLESS]))["state_name"] == "Completed"


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)]
)
def test_it_ends_when_told_and_its_server_with_it(
    serving: Serving, number: int, status: int
) -> None:
    lock = serving.state / "prefect" / "server.lock"
    pid = json.loads(lock.read_text())["pid"]
    assert serving.stop(number) == status
    wait_until(
        lambda: not Path(f"/proc/{pid}").exists(),
        what="the end of the server",
        within=LONGEST,
        remedy="",
    )
