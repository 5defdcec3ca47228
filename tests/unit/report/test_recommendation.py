"""Which technique is recommended, within which budget, and what is said where nothing is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands.recommend import main
from deployments.load import check_files, load_environment
from history import History
from recommendation.rewriting import rewritten

LAB = Path(__file__).parents[3] / "deployments" / "lab.yaml"
Capsys = pytest.CaptureFixture[str]


def advice(capsys: Capsys, *arguments: str) -> dict[str, Any]:
    assert main([str(LAB), "-o", "json", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found | {one["application"]: one for one in found["applications"]}


def test_what_is_least_in_the_mean_of_its_figures_is_recommended(
    nights: list[str], capsys: Capsys
) -> None:
    found = advice(capsys)
    assert found["run"] == nights[-1]
    assert (found["FWSS"]["now"], found["FWSS"]["recommended"]) == ("container", "unikernel")
    assert found["FWSS"]["thesis"] == "container"
    assert found["FWSS"]["reason"].startswith("times container: size 0.47, memory 1.8")
    assert found["EPOS_Sync_System"]["confidence"] == "high"


def test_nothing_is_invented_where_nothing_was_measured(nights: list[str], capsys: Capsys) -> None:
    found = advice(capsys)
    manager = found["NodeManager"]
    assert (manager["recommended"], manager["confidence"]) == ("container", "none")
    assert manager["figures"] is None
    assert manager["ruled_out"]["unikernel"] == "not measured"
    assert found["RunQC"]["confidence"] == "low"
    # It was measured so, but cannot be written so: its volume is no logical one.
    assert "there is no volume" in found["database"]["ruled_out"]["unikernel"]


def test_an_empty_history_recommends_what_there_is(history: History, capsys: Capsys) -> None:
    found = advice(capsys)
    assert found["run"] is None
    assert {one["confidence"] for one in found["applications"]} == {"none"}
    assert all(one["recommended"] == one["now"] for one in found["applications"])


def test_a_budget_of_memory_moves_what_costs_least_to_move(
    nights: list[str], capsys: Capsys
) -> None:
    free = advice(capsys)
    tight = advice(capsys, "--memory", f"{int(free['memory']) - 1} B")
    assert tight["memory"] < free["memory"]
    moved = [
        one["application"]
        for one, before in zip(tight["applications"], free["applications"], strict=True)
        if one["recommended"] != before["recommended"]
    ]
    # Its container needs less memory, and of all that do it is the nearest on the whole.
    assert moved == ["indexGD"]
    assert tight["indexGD"]["confidence"] == "medium"


def test_too_small_a_budget_is_told_with_the_least_there_could_be(
    nights: list[str], capsys: Capsys
) -> None:
    assert main([str(LAB), "--memory", "100MB", "--size", "1GB"]) == 1
    assert "no choice of techniques fits the budget" in (said := capsys.readouterr().err)
    assert "memory: 309.7 MB at least, 100.0 MB allowed" in said


def test_what_answers_too_late_is_ruled_out(nights: list[str], capsys: Capsys) -> None:
    found = advice(capsys, "--start", "5")
    assert "of 5 s allowed" in found["FWSS"]["ruled_out"]["container"]
    glass = found["EPOS_GLASS_Framework"]
    assert (glass["recommended"], glass["confidence"]) == ("container", "none")
    assert glass["reason"].startswith("nothing else is left, though it answers after")


def test_the_environment_that_is_written_can_be_deployed_and_keeps_its_comments(
    nights: list[str], tmp_path: Path, capsys: Capsys
) -> None:
    file = tmp_path / "better.yaml"
    assert main([str(LAB), "--write", str(file)]) == 0
    assert "--plan" in capsys.readouterr().err
    written, before = load_environment(file), load_environment(LAB)
    check_files(written)
    fwss = written.application("FWSS")
    assert (fwss.technique, fwss.domu, fwss.toolchain) == ("unikernel", None, "linux")
    assert fwss.memory == 68 * 2**20, "the guest's of the measurement, in whole MiB"
    others = [app.model_copy(update={"source": ""}) for app in written.applications]
    assert [app for app in others if app.name != "FWSS"] == [
        app.model_copy(update={"source": ""}) for app in before.applications if app.name != "FWSS"
    ]
    comments = [line.strip() for line in LAB.read_text().splitlines() if line.startswith("#")]
    assert all(comment in file.read_text() for comment in comments)


def test_an_application_that_becomes_a_virtual_machine_gets_one_of_its_own(tmp_path: Path) -> None:
    before, file = load_environment(LAB), tmp_path / "vms.yaml"
    file.write_text(rewritten(before, {"FWSS": "vm", "indexGD": "vm"}, {}, file))
    written = load_environment(file)
    domus = [str(written.application(name).domu) for name in ("FWSS", "indexGD")]
    assert len({*domus, *(str(app.domu) for app in before.containers)}) == 3
    assert {domu.name for domu in written.domus} >= set(domus)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--memory", "lots"], "--memory: 'lots' is no size"),
        (["--memory", "600"], "--memory: '600' is no size"),
        (["--write", str(LAB)], "is there already"),
        (["--run", "nobody"], "there is no run 'nobody'"),
    ],
)
def test_wrong_input_is_told(
    nights: list[str], capsys: Capsys, arguments: list[str], said: str
) -> None:
    before = LAB.read_text()
    assert main([str(LAB), *arguments]) == 2
    assert said in capsys.readouterr().err
    assert LAB.read_text() == before
