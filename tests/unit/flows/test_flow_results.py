"""What a run shows at its end: figures, proof, what changed; for scripts the same as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

from commands.command import guarded
from errors import EposVirtError, WrongInput
from history import Platform, open_history
from runs.step import Outcome, Results
from tasks.measuring.measure import MEASURED_IN

pytestmark = pytest.mark.usefixtures("own_state")


def outcome(step: str, state: str, reason: str, **results: object) -> Outcome:
    return Outcome(step, state, state == "changed", reason, 1.23456, results=Results(results))


def measured_in(run: str, reason: str) -> Outcome:
    return outcome("measure indexGD", "unchanged", reason, **{MEASURED_IN: run})


def summary(flows: ModuleType, run: str, *outcomes: Outcome) -> object:
    return flows.session.Summary(run, outcomes)


@pytest.fixture
def measured_run(own_state: Path) -> str:
    """Promise a run in the history that measured indexGD."""
    with open_history() as history:
        run = history.begin_run("deploy_all", "lab", Platform(kind="emulation"))
        for metric, unit, values in (
            ("size", "bytes", [12_000_000]),
            ("start_first_answer", "s", [2.0, 2.1, 2.2, 2.0, 2.1]),
        ):
            history.add_samples(
                run,
                "indexGD",
                "unikernel",
                metric,
                unit,  # type: ignore[arg-type]
                values,
                "by hand",
            )
        history.end_run(run, "done")
    return run


PROOF = {
    "files": 12,
    "stations": 4,
    "inserted": 12,
    "updated": 0,
    "unchanged": 0,
    "against_truth": 9,
    "shown_by_portal": 12,
}


def test_a_first_run_shows_figures_proof_and_changes(flows: ModuleType, measured_run: str) -> None:
    text = flows.shown.results.table(
        summary(
            flows,
            measured_run,
            outcome("bridge xenbr0", "changed", "enp3s0 is not a port of xenbr0"),
            outcome("proof", "unchanged", "RINEX files", proof=PROOF),
            measured_in(measured_run, "not measured as it is now"),
        )
    )
    assert "indexGD" in text
    assert "2100 (2000" in text
    assert "Proof: 12 files of 4 stations went through indexGD" in text
    assert "(12 inserted, 0 updated, 0 unchanged; 9 compared with truth.csv)" in text
    assert text.endswith(
        "+ bridge xenbr0; before: enp3s0 is not a port of xenbr0\n"
        f"1 of 3 steps changed (run {measured_run})"
    )
    assert "Figures of run" not in text


def test_a_second_run_shows_the_figures_of_the_first(flows: ModuleType, measured_run: str) -> None:
    reason = "nothing it depends on changed"
    text = flows.shown.results.table(summary(flows, "second", measured_in(measured_run, reason)))
    assert text.startswith(
        f"Figures of run {measured_run}: nothing they depend on changed since.\n\n"
    )
    assert "indexGD" in text
    assert text.endswith("nothing changed: all 1 steps are as they should be (run second)")


def test_a_run_without_measuring_shows_what_changed_only(flows: ModuleType) -> None:
    text = flows.shown.results.table(summary(flows, "r", outcome("packages", "unchanged", "there")))
    assert text == "nothing changed: all 1 steps are as they should be (run r)"


def test_scripts_get_the_same_as_json(flows: ModuleType) -> None:
    made = summary(flows, "r", outcome("bridge", "changed", "is missing", proof=PROOF))
    told = json.loads(json.dumps(made.as_json()))  # type: ignore[attr-defined]
    assert told["run"] == "r"
    assert told["changed"] == 1
    assert told["proof"]["files"] == 12
    assert told["steps"] == [
        {
            "step": "bridge",
            "state": "changed",
            "changed": True,
            "reason": "is missing",
            "seconds": 1.235,
        }
    ]


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (WrongInput("no such file", remedy="name it"), 2, "no such file\n  next: name it\n"),
        (EposVirtError("no lab", remedy="start it"), 1, "no lab\n  next: start it\n"),
        (KeyboardInterrupt(), 130, "interrupted; run the same command again"),
    ],
    ids=["wrong input", "failure", "interrupted"],
)
def test_an_error_becomes_its_message_and_exit_status(
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    said: str,
) -> None:
    def work() -> int:
        raise error

    assert guarded(work) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)


def test_a_mistake_of_ours_is_no_traceback_but_keeps_one(
    own_state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> int:
        raise KeyError("key")

    assert guarded(work) == 1
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert "this is a mistake in epos-virt" in err
    assert "Traceback" in (own_state / "last-error.txt").read_text()
