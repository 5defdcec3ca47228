"""Nights under a Prefect server: what is worse ends red, with an event, and is put back.

Needs neither lab nor engine: what a night deploys and measures is stood for, all else is real.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import flows.session
from flows import rebuild_and_measure as of_flow
from flows.session import Session, carry_out
from flows.steps import deploy_all, put_back
from flows.steps import rebuild_and_measure as of_steps
from history import Platform, open_history
from runs.execution import StepsFailed
from runs.step import Action, Plan, Step, change, nothing, to_build
from runs.wait import wait_until
from tasks.package_list import PackageList, in_use
from tasks.rebuilding.nights import nights_of
from tests.patience import LONGEST
from tests.system.prefect.prefect_of_tests import harmless_environment, own_prefect, serve

# The server ends by itself after its last user, so nobody waits for its process.
pytestmark = pytest.mark.filterwarnings(r"ignore:subprocess \d+ is still running:ResourceWarning")

HARMLESS = "harmless"
MACHINE = Platform(kind="emulation", processor="a", cores=2, memory=2**33)
STARTS = (0.97, 0.98, 0.99, 1.0, 1.01, 1.02, 1.03)


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Promise nothing: no test here needs the Docker engine that the other system tests share."""


@pytest.fixture
def running_prefect(tmp_path: Path) -> Iterator[str]:
    """Promise a Prefect server on loopback with a state of its own."""
    with own_prefect(tmp_path / "state") as url:
        yield url


class Node:
    """What is deployed: notes of which packages; from some version on it is slower, or fails."""

    def __init__(self) -> None:
        self.version = "1"
        self.slow: set[str] = set()
        self.broken: set[str] = set()
        self.deployed: list[str] = []

    def steps(self, session: Session) -> Sequence[Step]:
        """Give what stands for a whole deployment and its figures."""

        def deploy() -> None:
            listed = in_use()
            assert listed, "the list comes first"
            version = listed.packages["nginx"]
            assert version not in self.broken, f"nginx {version} gives no answer"
            self.deployed.append(version)

        def measure() -> None:
            times = 1.2 if self.deployed[-1] in self.slow else 1.0
            values = [times * start for start in STARTS]
            session.history.add_samples(
                *(session.run, "webclient"), "container", "start_first_answer", "s", values, "watch"
            )

        def built_plan() -> Plan:
            listed = in_use()
            return to_build("as every night", listed.key if listed else "", Action("x", deploy))

        def taken_plan() -> Plan:
            return change("as every night", Action("x", measure))

        built = Step("image x", "g", "here", built_plan, builds=True)
        taken = Step("measure x", "measure", "here", taken_plan, ("image x",))
        return [built, Step("proof", "g", "here", lambda: nothing("it answers")), taken]


@pytest.fixture
def node(running_prefect: str, monkeypatch: pytest.MonkeyPatch) -> Node:
    """Promise that nothing of this machine is deployed to: no step of the real ones is left."""
    made = Node()
    without_engine = partial(carry_out, builds=False)
    monkeypatch.setattr(deploy_all, "steps", made.steps)
    monkeypatch.setattr(of_flow, "carry_out", without_engine)
    monkeypatch.setattr(put_back, "carry_out", without_engine)
    monkeypatch.setattr(of_steps, "kept_root", lambda domu, _: Path(f"{domu.name}.tar.zst"))
    monkeypatch.setattr(Session, "identity", lambda *_: lambda: None)
    monkeypatch.setattr(flows.session, "known_platform", lambda _: MACHINE)
    monkeypatch.setattr(flows.session, "whole_platform", lambda _: MACHINE)
    monkeypatch.setattr(
        of_steps, "fresh_list", lambda _: PackageList("2026-12-01", {"nginx": made.version})
    )
    return made


def test_what_is_worse_ends_red_with_an_event_and_is_put_back(
    node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[dict[str, Any]] = []
    monkeypatch.setattr(
        "flows.shown.night.emit_event", lambda name, _, payload: events.append({name: payload})
    )
    file = harmless_environment(tmp_path)
    for _ in range(4):
        of_flow.rebuild_and_measure(file)
    assert [night.good for night in nights_of(HARMLESS)] == [True] * 4
    assert node.deployed == ["1"] * 4, "also a night with nothing new deploys and measures"

    node.version, node.slow = "2", {"2"}
    with pytest.raises(StepsFailed) as error:
        of_flow.rebuild_and_measure(file)
    assert "webclient (container), start_first_answer" in str(error.value) + json.dumps(events)
    [event] = events
    assert "changed: package nginx 1 -> 2" in event["epos-virt.regression"]["verdict"]
    assert node.deployed[-2:] == ["2", "1"]
    listed = in_use()
    assert listed
    assert listed.packages == {"nginx": "1"}
    with open_history() as history:
        newest = history.listed(limit=2)
    assert [(run["flow"], run["state"]) for run in newest] == [
        ("deploy_all", "done"),
        ("rebuild_and_measure", "failed"),
    ]

    node.version, node.broken = "3", {"3"}
    with pytest.raises(StepsFailed):
        of_flow.rebuild_and_measure(file)
    assert node.deployed[-1] == "1", "what does not work is put back, too"
    assert len(events) == 1, "and is no regression"


def test_the_nightly_fires_by_its_schedule_and_completes(tmp_path: Path) -> None:
    nightly = ("--cron", "* * * * *", "--only", "old-nights")  # needs no machine but this one
    file = harmless_environment(tmp_path)
    with serve(tmp_path / "serving", str(file), *nightly, cwd=tmp_path) as serving:
        serving.said("serving; ")

        def fired() -> list[dict[str, Any]]:
            runs = serving.runs("rebuild_and_measure")
            return [run for run in runs if run["auto_scheduled"] and run["end_time"]]

        (run, *_) = wait_until(fired, what="a scheduled run", within=LONGEST, remedy="")
        assert (run["state_name"], run["state"]["message"]) == ("Completed", None)
        assert run["parameters"]["only"] == ["old-nights"]
        serving.said(f"{run['name']}: Completed")
