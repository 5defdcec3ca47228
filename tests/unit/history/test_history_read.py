from __future__ import annotations

import json
import math
from typing import Any

import jsonschema
import pytest

from errors import WrongInput
from history import History, Platform
from history.read import records

TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
TEXT = {"type": "string"}
NUMBER = {"type": "number"}
COUNT = {"type": "integer", "minimum": 0}


def exactly(**properties: Any) -> dict[str, Any]:
    """Give the schema of an object with these fields, all of them and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": False,
    }


RUN = {
    "run": TEXT,
    "flow": TEXT,
    "environment": TEXT,
    "state": {"enum": ["running", "done", "failed", "cancelled", "interrupted"]},
    "started": TIME,
    "ended": {"anyOf": [TIME, {"type": "null"}]},
    "changed": COUNT,
    "steps": COUNT,
}
STEP = exactly(
    step=TEXT,
    host=TEXT,
    state=TEXT,
    started=TIME,
    ended={"anyOf": [TIME, {"type": "null"}]},
    changed={"type": "boolean"},
    retries=COUNT,
    reason=TEXT,
    evidence=TEXT,
)
METRIC = {
    "run": TEXT,
    "subject": TEXT,
    "technique": {"enum": ["vm", "container", "unikernel"]},
    "metric": TEXT,
    "unit": TEXT,
    "median": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "samples": COUNT,
    "valid": {"type": "boolean"},
    "platform": TEXT,
    "method": TEXT,
    "warnings": {"type": "array", "items": TEXT},
    "values": {"type": "array", "items": NUMBER},
}


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, allow_nan=False))


def measure(history: History, run: str, subject: str, technique: Any, *values: float) -> None:
    history.add_samples(run, subject, technique, "start_first_answer", "s", values, "to HTTP 200")


def ratios(history: History, **asked: str) -> dict[tuple[str, str], float | None]:
    found = records(history.metrics(**asked))
    return {(one["subject"], one["metric"]): one.get("floor_ratio") for one in found}


def test_runs_keep_their_contract(history: History, run: str) -> None:
    step = history.begin_step(run, "bridge", "xen1")
    history.end_step(step, "changed", True, "")
    history.begin_step(run, "volume", "xen1")
    history.end_run(history.begin_run("deploy", "lab", Platform()), "done")
    ended, running = as_json(records(history.runs()))
    jsonschema.validate([ended, running], {"items": exactly(**RUN)})
    assert (running["run"], running["changed"], running["steps"]) == (run, 1, 2)
    assert running["ended"] is None
    assert ended["ended"] is not None
    assert (ended["changed"], ended["steps"]) == (0, 0)


def test_a_run_keeps_its_contract(history: History, run: str) -> None:
    history.begin_step(run, "bridge", "xen1")
    shown = {
        **RUN,
        "steps": {"type": "array", "minItems": 1, "items": STEP},
        "platform": TEXT,
        "platform_details": {"type": "object"},
    }
    jsonschema.validate(as_json(history.run(run)), exactly(**shown))


def test_metrics_keep_their_contract(history: History, run: str) -> None:
    measure(history, run, "null-guest", "unikernel", 0.5, 0.4, 0.9)
    measure(history, run, "indexGD", "unikernel", 1.5, 1.0, 1.1, 1.2)
    floor, index = as_json(records(history.metrics()))
    jsonschema.validate(floor, exactly(**METRIC))
    jsonschema.validate(index, exactly(**METRIC, floor_ratio=NUMBER))
    assert [index[name] for name in ("median", "low", "high", "samples")] == [1.15, 1.0, 1.5, 4]
    assert index["values"] == [1.5, 1.0, 1.1, 1.2], "raw, in the order of measuring"
    assert index["floor_ratio"] == pytest.approx(2.3)


def test_an_empty_history_gives_empty_lists(history: History) -> None:
    assert records(history.runs()) == []
    assert records(history.metrics()) == []


def test_bytes_are_whole_numbers(history: History, run: str) -> None:
    history.add_samples(run, "a", "vm", "memory", "bytes", [119_000_000, 9_007_199_254_740_991], "")
    history.add_samples(run, "a", "vm", "size", "bytes", [2, 3], "")
    memory, size = (json.dumps(one) for one in records(history.metrics()))
    assert '"low": 119000000,' in memory
    assert '"high": 9007199254740991,' in memory
    assert '"median": 2.5,' in size


def test_each_technique_has_its_own_floor_in_its_own_run(history: History, run: str) -> None:
    measure(history, run, "null-guest", "unikernel", 0.5)
    measure(history, run, "empty-container", "container", 2.0)
    measure(history, run, "indexGD", "unikernel", 1.0)
    measure(history, run, "vm1", "vm", 5.0)
    measure(history, run, "FWSS", "container", 3.0)
    history.add_samples(run, "FWSS", "container", "size", "bytes", [5], "no floor of this metric")
    other = history.begin_run("measure", "lab", Platform())
    measure(history, other, "indexGD", "unikernel", 1.0)
    assert ratios(history, run=run) == {
        ("null-guest", "start_first_answer"): None,
        ("empty-container", "start_first_answer"): None,
        ("indexGD", "start_first_answer"): 2.0,
        ("vm1", "start_first_answer"): 10.0,
        ("FWSS", "start_first_answer"): 1.5,
        ("FWSS", "size"): None,
    }
    assert ratios(history, run=other) == {("indexGD", "start_first_answer"): None}


def test_the_floor_of_a_first_answer_holds_what_the_application_takes_without_a_guest(
    history: History, run: str
) -> None:
    measure(history, run, "null-guest", "unikernel", 0.5)
    measure(history, run, "indexGD", "unikernel", 2.8)
    history.add_samples(run, "indexGD", "unikernel", "start_direct", "s", [1.5, 1.6, 1.4], "")
    expected = {("indexGD", "start_first_answer"): pytest.approx(1.4)}
    assert ratios(history, subject="indexGD", metric="start_first_answer") == expected
    # What it takes in another run says nothing of this one.
    other = history.begin_run("measure", "lab", Platform())
    measure(history, other, "null-guest", "unikernel", 0.5)
    measure(history, other, "indexGD", "unikernel", 1.0)
    assert ratios(history, run=other)[("indexGD", "start_first_answer")] == 2.0


@pytest.mark.parametrize("invalid", ["null-guest", "indexGD"])
def test_no_ratio_is_made_of_figures_that_are_not_valid(
    history: History, run: str, invalid: str
) -> None:
    for subject in ("null-guest", "indexGD"):
        history.add_samples(
            run, subject, "unikernel", "size", "bytes", [4], "", valid=subject != invalid
        )
    assert set(ratios(history).values()) == {None}


def test_a_floor_of_zero_gives_no_ratio(history: History, run: str) -> None:
    for subject, size in (("empty-container", 0), ("FWSS", 5)):
        history.add_samples(run, subject, "container", "size", "bytes", [size], "")
    assert set(ratios(history).values()) == {None}


def test_filters_leave_the_ratio_as_it_is(history: History, run: str) -> None:
    measure(history, run, "null-guest", "unikernel", 0.5)
    measure(history, run, "indexGD", "unikernel", 1.0)
    measure(history, run, "indexGD", "vm", 1.5)
    history.add_samples(run, "indexGD", "unikernel", "size", "bytes", [1], "")
    every = {"subject": "indexGD", "technique": "unikernel", "metric": "start_first_answer"}
    assert ratios(history, **every) == {("indexGD", "start_first_answer"): 2.0}
    assert ratios(history, subject="nobody") == {}
    assert list(history.metrics(technique="vm")["floor_ratio"]) == [3.0]


def test_a_figure_recorded_again_supersedes_the_first(history: History, run: str) -> None:
    measure(history, run, "indexGD", "unikernel", 9.0)
    measure(history, run, "indexGD", "unikernel", 1.0)
    assert list(history.metrics()["median"]) == [1.0]


def test_a_missing_ratio_is_nan_in_the_frame(history: History, run: str) -> None:
    measure(history, run, "indexGD", "unikernel", 9.0)
    assert math.isnan(history.metrics()["floor_ratio"].iloc[0])


def test_runs_are_filtered_and_the_newest_kept(history: History, platform: Platform) -> None:
    made = [history.begin_run(flow, "lab", platform) for flow in ("deploy", "measure", "deploy")]
    history.end_run(made[0], "failed")
    assert list(history.runs(flow="deploy")["run"]) == [made[2], made[0]]
    assert list(history.runs(flow="deploy", limit=1)["run"]) == [made[2]]
    assert list(history.runs(state="failed")["run"]) == [made[0]]
    assert list(history.runs(environment="own")["run"]) == []


def test_a_run_is_found_by_a_unique_beginning_and_as_last(history: History, run: str) -> None:
    assert history.run(run[:-1])["run"] == run
    assert history.run("last")["run"] == run
    latest = history.begin_run("deploy", "lab", Platform())
    assert history.run("last")["run"] == latest
    assert history.run(run)["run"] == run
    with pytest.raises(WrongInput, match="2 runs begin with '20'") as ambiguous:
        history.run("20")
    assert run in str(ambiguous.value)


@pytest.mark.parametrize("reference", ["", "%", "20200101-000000-abc", "_", "LAST"])
def test_an_unknown_run_names_the_nearest(history: History, run: str, reference: str) -> None:
    with pytest.raises(WrongInput, match="there is no run") as unknown:
        history.run(reference)
    assert unknown.value.exit_status == 2
    assert f"nearest: {run}" in str(unknown.value)


def test_an_empty_history_says_that_it_is(history: History) -> None:
    with pytest.raises(WrongInput, match="the history is empty"):
        history.metrics(run="last")
