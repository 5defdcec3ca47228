"""No secret of an environment is in what a run leaves: logs, states, artifacts, history, display.

Programs print secrets now and then, and a failing step quotes them. Needs a Prefect server only.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.logging.handlers import APILogHandler
from prefect.runtime import flow_run
from rich.console import Console

from blocks.connection import CommandFailed, Result
from errors import EposVirtError
from flows.session import Summary
from flows.shown.artifacts import keep_plan, keep_result
from history import History, Platform, open_history
from runs import execution
from runs.concealing import HIDDEN
from runs.execution import Execution, StepsFailed
from runs.interruption import Interruption
from runs.planned import planned
from runs.prefect_server import wait_for_rows
from runs.progress import Progress
from runs.step import Action, Outcome, Plan, Results, Step, change
from runs.telling import tell
from state import state_folder
from tasks.secret import new_secret, without_secrets
from tests.system.prefect.prefect_of_tests import own_prefect

pytestmark = pytest.mark.filterwarnings(r"ignore:subprocess \d+ is still running:ResourceWarning")
LOGGERS = ("prefect.flow_runs", "prefect.task_runs")


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Promise nothing: no test here needs the Docker engine that the other system tests share."""


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Promise a secret of environment lab, a Prefect server, and that it is given all logs."""
    monkeypatch.setattr(execution, "RETRY_FIRST", 0.05)
    before = {name: logging.getLogger(name).level for name in LOGGERS}
    with own_prefect(tmp_path):
        new_secret("lab", "password")
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.INFO)
        yield (state_folder("secrets", "lab") / "password").read_text()
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def steps_that_tell(secret: str) -> list[Step]:
    """Give steps that fail, and one that does not, all of which quote a secret."""
    passing = [EposVirtError(f"no answer to {secret}", remedy="wait", transient=True)]

    def told() -> Results:
        tell(f"psql: password={secret}")
        if passing:
            raise passing.pop()
        return Results(proof={"answered": 1, "database": f"says {secret}"})

    def command() -> None:
        result = Result(("psql", f"--password={secret}"), 1, f"out {secret}", f"err {secret}")
        raise CommandFailed("server", result)

    def cause() -> None:
        try:
            raise KeyError(secret)
        except KeyError as error:
            raise EposVirtError("the role is not there", remedy="make it") from error

    def mistake() -> None:
        raise ValueError(f"{secret} is no number")

    acts = {"told": told, "command": command, "cause": cause, "mistake": mistake}
    return [
        Step(name, "group", "server", lambda act=act: planning(secret, act))  # type: ignore[misc]
        for name, act in acts.items()
    ]


def planning(secret: str, act: object) -> Plan:
    return change(f"differs: {secret}", Action(f"set {secret}", act, f"+ {secret}"))  # type: ignore[arg-type]


def in_prefect(run: UUID) -> str:
    """Give all that Prefect has of a run, and all artifacts, as text."""
    of_run = FlowRunFilter(id=FlowRunFilterId(any_=[run]))
    of_log = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run]))
    with get_client(sync_client=True) as client:
        rows = [
            client.read_flow_run(run),
            *client.read_task_runs(flow_run_filter=of_run),
            *client.read_artifacts(),
            *client.read_logs(log_filter=of_log, limit=200),
        ]
    return "\n".join(row.model_dump_json() for row in rows)


def carried_out(history: History, name: str, shown: io.StringIO, steps: Sequence[Step]) -> str:
    """Carry steps out as a flow does, and keep its artifacts; gives the run's id in Prefect."""
    interruption = Interruption()
    progress = Progress(Console(file=shown, width=200))
    known = Execution(
        history,
        name,
        progress,
        interruption,
        conceal=lambda text: without_secrets("lab", text),
    )
    found: dict[str, str] = {}

    @flow(name="test", persist_result=False)
    def run() -> None:
        found["id"] = str(flow_run.id)
        keep_plan(planned(steps, known.conceal), "lab")
        outcomes: list[Outcome] = known.carry_out(steps[:1])
        keep_result(Summary(name, outcomes, str(history.engine.url)), "lab")
        known.carry_out(steps[1:])

    with pytest.raises(StepsFailed) as failed:
        run()
    interruption.close()
    shown.write(str(failed.value))
    return found["id"]


def test_no_secret_is_in_anything_that_a_run_leaves(secret: str, tmp_path: Path) -> None:
    shown = io.StringIO()
    with open_history(str(tmp_path / "history.sqlite")) as history:
        name = history.begin_run("test", "lab", Platform(kind="emulation"))
        run = carried_out(history, name, shown, steps_that_tell(secret))
        recorded = str(history.run(name))
    assert wait_for_rows(run, 4) == 4
    APILogHandler().flush()
    kept = in_prefect(UUID(run))
    for said in (recorded, kept, shown.getvalue()):
        assert f"--password={HIDDEN}" in said
        assert secret not in said
    for part in (
        "psql: password=***",
        "ValueError",
        "the role is not there",
        "says ***",
        "set ***",
    ):
        assert part in kept
    assert secret.encode() not in (tmp_path / "history.sqlite").read_bytes()
