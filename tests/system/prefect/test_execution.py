"""Steps carried out as tasks of a Prefect flow: in order, recorded, tried again where it helps.

Needs neither lab nor engine, but a Prefect server, whose start costs more than all unit tests.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect import flow, tags
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.runtime import flow_run
from prefect.settings import get_current_settings
from rich.console import Console

from errors import EposVirtError, WrongInput
from flows.session import Summary
from flows.shown.artifacts import keep_result
from flows.shown.kept_progress import KeptProgress
from history import History, Platform, open_history
from runs import execution
from runs.build_notes import notes
from runs.execution import Execution, StepsFailed
from runs.interruption import Interrupted, Interruption
from runs.prefect_server import wait_for_rows
from runs.progress import Progress
from runs.step import Action, Outcome, Plan, Results, Step, built_before, change, nothing, to_build
from tasks.measuring.measure import MEASURED_IN
from tests.patience import LONGEST
from tests.system.prefect.prefect_of_tests import own_prefect

# The server ends by itself after its last user, so nobody waits for its process.
pytestmark = pytest.mark.filterwarnings(r"ignore:subprocess \d+ is still running:ResourceWarning")


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Promise nothing: no test here needs the Docker engine that the other system tests share."""


@pytest.fixture(scope="module")
def running_prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Promise a Prefect server on loopback with a state of its own; both end with this module."""
    with own_prefect(tmp_path_factory.mktemp("prefect")) as url:
        yield url


@dataclass
class Run:
    """One run of steps, as a flow makes it."""

    history: History
    name: str
    shown: io.StringIO
    interruption: Interruption
    flow_run: str = ""

    def carry_out(self, *steps: Step, **further: Any) -> list[Outcome]:
        progress = Progress(Console(file=self.shown, width=200))
        execution = Execution(self.history, self.name, progress, self.interruption, **further)

        @flow(name="test", persist_result=False)
        def carry_out(steps: Callable[[], Sequence[Step]]) -> list[Outcome]:
            self.flow_run = str(flow_run.id)
            return execution.carry_out(steps())

        found: list[Outcome] = carry_out(lambda: steps)
        return found

    def tags_in_prefect(self) -> tuple[set[str], set[str]]:
        """Give the tags of the flow run, and of its task runs."""
        with get_client(sync_client=True) as client:
            flow_tags = client.read_flow_run(UUID(self.flow_run)).tags
            wanted = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(self.flow_run)]))
            rows = client.read_task_runs(flow_run_filter=wanted)
        return set(flow_tags), {tag for row in rows for tag in row.tags}

    def seen_by_prefect(self, steps: int) -> dict[str, tuple[str, str]]:
        """Give the name of each step's state, and what it says."""
        assert wait_for_rows(self.flow_run, steps) == steps
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(self.flow_run)]))
        with get_client(sync_client=True) as client:
            rows = client.read_task_runs(flow_run_filter=wanted)
        states = {row.name: row.state for row in rows}
        return {name: (str(s.name), str(s.message)) for name, s in states.items() if s}

    def recorded(self) -> dict[str, dict[str, object]]:
        return {step["step"]: step for step in self.history.run(self.name)["steps"]}


@pytest.fixture
def run(tmp_path: Path, running_prefect: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Promise a run that has begun, whose retries come after a moment."""
    monkeypatch.setattr(execution, "RETRY_FIRST", 0.05)
    interruption = Interruption()
    with open_history(str(tmp_path / "history.sqlite")) as history:
        name = history.begin_run("test", "lab", Platform(kind="emulation"))
        yield Run(history, name, io.StringIO(), interruption)
    interruption.close()


def step(name: str, plan: Any, *after: str, **more: Any) -> Step:
    return Step(name, "group", "server", plan, after, **more)


def unchanged() -> Plan:
    return nothing("already there")


class Deed:
    """An action that may fail first, and counts how often it was done."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.done = 0

    def __call__(self) -> Plan:
        return change("is missing", Action("make it", self.act))

    def act(self) -> None:
        self.done += 1
        if self.errors:
            raise self.errors.pop(0)


def passing(what: str = "no connection") -> EposVirtError:
    return EposVirtError(what, remedy="wait", transient=True)


def test_what_changed_and_what_did_not_is_returned_recorded_and_shown(run: Run) -> None:
    deed = Deed()
    outcomes = run.carry_out(
        step("bridge xenbr0", unchanged),
        step("volume epos/root", deed, "bridge xenbr0"),
        step("proof", Deed(), "volume epos/root", always=True),
    )
    assert [(o.step, o.state, o.changed) for o in outcomes] == [
        ("bridge xenbr0", "unchanged", False),
        ("volume epos/root", "changed", True),
        ("proof", "unchanged", False),
    ]
    assert outcomes[1].actions == ("make it",)
    recorded = run.recorded()
    assert {name: (s["state"], s["changed"], s["reason"]) for name, s in recorded.items()} == {
        "bridge xenbr0": ("unchanged", False, "already there"),
        "volume epos/root": ("changed", True, "is missing"),
        "proof": ("unchanged", False, "is missing"),
    }
    assert recorded["volume epos/root"]["host"] == "server"
    shown = run.shown.getvalue()
    assert "=   1/3 bridge xenbr0" in shown
    assert "volume epos/root: make it" in shown
    assert "unchanged: already there" in shown


def test_prefect_shows_which_steps_had_nothing_to_do_and_why(run: Run) -> None:
    run.carry_out(
        step("bridge xenbr0", unchanged),
        step("image epos/glass", lambda: built_before("from the same sources", "k1"), builds=True),
        step("volume epos/root", Deed()),
    )
    assert run.seen_by_prefect(3) == {
        "bridge xenbr0": ("Unchanged", "already there"),
        "image epos/glass": ("Cached", "from the same sources"),
        "volume epos/root": ("Completed", "is missing"),
    }


class Workshop:
    """Builds a thing for its content, as steps of this machine do; the thing can be lost."""

    def __init__(self, *errors: BaseException) -> None:
        self.there: set[str] = set()
        self.built: list[str] = []
        self.errors = list(errors)

    def step(self, content: str) -> Step:
        def plan() -> Plan:
            if content in self.there:
                return built_before("from the same sources", content)
            return to_build("not built yet", content, Action("build it", build))

        def build() -> None:
            if self.errors:
                raise self.errors.pop(0)
            self.built.append(content)
            self.there.add(content)

        return step("image epos/glass", plan, builds=True)


def test_what_was_built_comes_from_prefects_cache_as_long_as_it_is_there(run: Run) -> None:
    workshop = Workshop()

    def seen(content: str) -> tuple[str, str, str]:
        (outcome,) = run.carry_out(workshop.step(content))
        return outcome.state, *run.seen_by_prefect(1)["image epos/glass"]

    cached = ("unchanged", "Cached", "")  # Prefect's: a state of ours tells its reason
    assert seen("first") == ("changed", "Completed", "not built yet")
    assert seen("first") == cached
    assert "unchanged: from the same sources" in run.shown.getvalue()
    workshop.there.clear()
    assert seen("first") == ("changed", "Completed", "not built yet")
    assert seen("other") == ("changed", "Completed", "not built yet")
    assert seen("other") == cached
    assert workshop.built == ["first", "first", "other"]
    kept = [path.name for path in notes().rglob("*") if path.is_file()]
    assert kept == ["other"]
    assert seen("first") == ("unchanged", "Cached", "from the same sources")  # Prefect's is gone
    assert seen("first") == cached


def test_a_build_that_fails_is_tried_again_and_leaves_no_note(run: Run) -> None:
    workshop = Workshop(passing("no mirror"), EposVirtError("no gcc", remedy="install it"))
    with pytest.raises(StepsFailed, match="no gcc"):
        run.carry_out(workshop.step("third"))
    assert run.recorded()["image epos/glass"]["retries"] == 1
    assert not list(notes().rglob("third"))
    (outcome,) = run.carry_out(workshop.step("third"))
    assert (outcome.state, outcome.actions) == ("changed", ("build it",))


def test_a_run_has_tags_and_its_steps_have_none(run: Run) -> None:
    """Each task run with a tag asks the server for its turn: a call more a step."""
    with tags("lab", "epos-lab"):
        run.carry_out(step("bridge xenbr0", unchanged))
    run.seen_by_prefect(1)
    assert run.tags_in_prefect() == ({"lab", "epos-lab"}, set())


def test_a_run_of_our_server_has_no_heartbeat(run: Run) -> None:
    """Whose thread Prefect would wait for, a second at the end of each flow."""
    run.carry_out(step("bridge xenbr0", unchanged))
    assert get_current_settings().flows.heartbeat_frequency is None


def test_what_a_step_found_is_in_its_outcome(run: Run) -> None:
    def prove() -> Results:
        return Results(proof={"files": 23})

    outcomes = run.carry_out(
        step("measure", lambda: nothing("as before", Results({"measured in": "first"}))),
        step("proof", lambda: change("never proved", Action("prove", prove))),
    )
    assert [o.results for o in outcomes] == [{"measured in": "first"}, {"proof": {"files": 23}}]


def test_a_run_leaves_table_figures_and_proof_in_prefect(run: Run, tmp_path: Path) -> None:
    run.history.add_samples(
        run.name, "indexGD", "unikernel", "start_first_answer", "s", [2.0, 2.1], "by hand"
    )
    results = Results({MEASURED_IN: run.name, "proof": {"answered": 3}})
    outcome = Outcome("measure indexGD", "unchanged", False, "", 1.0, results=results)
    summary = Summary(run.name, [outcome], str(tmp_path / "history.sqlite"))

    @flow(name="keeping", persist_result=False)
    def keep() -> None:
        keep_result(summary, "My lab")

    keep()
    with get_client(sync_client=True) as client:
        kept = {artifact.key: artifact.data for artifact in client.read_artifacts()}
    assert "indexGD" in str(kept["table-my-lab"])
    [figures] = json.loads(str(kept["figures-my-lab"]))
    assert (figures["subject"], figures["median"], figures["unit"]) == ("indexGD", 2.05, "s")
    assert json.loads(str(kept["proof-my-lab"])) == [{"what": "answered", "seen": 3}]


def test_how_far_a_run_is_is_seen_in_prefect(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.shown.kept_progress.EVERY", 0)
    seen: list[tuple[float, str]] = []
    shown = KeptProgress("My lab")

    def ended(number: int, steps: int) -> None:
        shown(number, steps)
        with get_client(sync_client=True) as client:
            [bar] = [one for one in client.read_artifacts() if one.key == "progress-my-lab"]
        seen.append((float(str(bar.data)), str(bar.description)))

    run.carry_out(step("first", unchanged), step("last", unchanged, "first"), ended=ended)
    assert seen == [(50, "1 of 2 steps"), (100, "2 of 2 steps")]


def test_a_step_comes_after_those_it_names_and_beside_the_others(run: Run) -> None:
    together = threading.Barrier(2, timeout=LONGEST)
    order: list[str] = []

    def noting(name: str, *, meet: bool) -> Any:
        def plan() -> Plan:
            if meet:
                together.wait()  # both are there at the same time, or the barrier breaks
            order.append(name)
            return unchanged()

        return plan

    run.carry_out(
        step("last", noting("last", meet=False), "left", "right"),
        step("left", noting("left", meet=True), "first"),
        step("right", noting("right", meet=True), "first"),
        step("first", noting("first", meet=False)),
    )
    assert (order[0], order[-1]) == ("first", "last")
    assert sorted(order[1:3]) == ["left", "right"]


def test_what_can_pass_by_itself_is_tried_again_and_counted(run: Run) -> None:
    deed = Deed(passing(), passing())
    (outcome,) = run.carry_out(step("domu vm", deed))
    assert (outcome.state, deed.done) == ("changed", 3)
    assert run.recorded()["domu vm"]["retries"] == 2
    assert "domu vm: no connection; trying again (1)" in run.shown.getvalue()


def test_trying_again_has_an_end(run: Run) -> None:
    deed = Deed(*(passing() for _ in range(9)))
    with pytest.raises(StepsFailed, match="no connection"):
        run.carry_out(step("domu vm", deed, retries=2))
    assert deed.done == 3
    recorded = run.recorded()["domu vm"]
    assert (recorded["state"], recorded["retries"]) == ("failed", 2)


@pytest.mark.parametrize(
    "error",
    [
        WrongInput("no such card", remedy="name another"),
        EposVirtError("no such card", remedy="name another"),
        KeyError("no such card"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_cannot_pass_by_itself_is_tried_once(run: Run, error: Exception) -> None:
    deed = Deed(error, error)
    with pytest.raises(StepsFailed, match="no such card"):
        run.carry_out(step("bridge", deed))
    assert deed.done == 1
    assert run.recorded()["bridge"]["state"] == "failed"


def test_a_failed_step_stops_those_after_it_and_no_others(run: Run) -> None:
    after, beside = Deed(), Deed()
    error = EposVirtError("disk is broken", seen="EIO on /dev/vdb", remedy="replace the disk")
    with pytest.raises(StepsFailed) as failure:
        run.carry_out(
            step("volume a", Deed(error)),
            step("root a", after, "volume a"),
            step("domu a", after, "root a"),
            step("volume b", beside),
        )
    assert (after.done, beside.done) == (0, 1)
    assert failure.value.what == "1 of 4 steps failed, 2 were not begun"
    text = str(failure.value)
    for part in ("volume a: disk is broken", "EIO on /dev/vdb", "replace the disk", run.name):
        assert part in text
    recorded = run.recorded()
    assert {name: s["state"] for name, s in recorded.items()} == {
        "volume a": "failed",
        "root a": "skipped",
        "domu a": "skipped",
        "volume b": "changed",
    }
    assert recorded["root a"]["reason"] == "not begun: a step before it failed"
    assert recorded["volume a"]["reason"] == "disk is broken"


def test_a_step_whose_need_was_left_out_runs(run: Run) -> None:
    (outcome,) = run.carry_out(step("volume a", unchanged, "volume-group epos"))
    assert outcome.state == "unchanged"


def test_a_name_with_braces_is_only_a_name(run: Run) -> None:
    (outcome,) = run.carry_out(step("volume {a}", unchanged))
    assert outcome.step == "volume {a}"


def test_an_ended_run_begins_no_step_and_tries_none_again(run: Run) -> None:
    begun, released = threading.Event(), threading.Event()
    later = Deed()
    attempts: list[bool] = []

    def waiting() -> Plan:
        attempts.append(True)
        begun.set()
        assert released.wait(LONGEST)
        raise passing("its connection was broken")

    def end() -> None:
        assert begun.wait(LONGEST)
        run.interruption.ask()

    with run.interruption.acting(released.set):
        ender = threading.Thread(target=end)
        ender.start()
        with pytest.raises(Interrupted):
            run.carry_out(step("long", waiting), step("later", later, "long"))
        ender.join()
    assert (attempts, later.done) == ([True], 0)
    recorded = run.recorded()
    assert recorded["long"]["state"] == "cancelled"
    assert "later" not in recorded
