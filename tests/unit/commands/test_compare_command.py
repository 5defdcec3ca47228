"""Which applications a comparison takes, and what becomes of the others where one fails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from commands import compare, flow
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.load import load_environment
from errors import EposVirtError
from flows.session import Summary


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Promise that nothing is deployed to; gives what is compared: FWSS fails, all else goes."""
    told: list[str] = []

    def run(_flow: str, _on: Any, *, application: str, **_: Any) -> Summary:
        told.append(application)
        if application == "FWSS":
            raise EposVirtError("FWSS fell", remedy="help it up")
        return Summary(run=f"of {application}", outcomes=())

    monkeypatch.setattr(flow, "run", run)
    return told


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "no application is named"),
        (["FWSS", "--all"], "names beside --all"),
        (["indexGD", "FWS"], "write `FWSS`"),
        (["FWSS", "--techniques", "vm,contaner"], "`container`"),
        (["FWSS", "--techniques", "vm,container,vm"], "the technique vm is named twice"),
    ],
)
def test_what_cannot_be_compared_is_told_before_anything(
    asked: list[str], capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert compare.main(words) == 2
    assert says in capsys.readouterr().err
    assert asked == []


def test_one_that_fails_costs_none_of_the_others(
    asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare.main(["--all", "-o", "json"]) == 1
    out, err = capsys.readouterr()
    names = [application.name for application in load_environment(DEFAULT_ENVIRONMENT).applications]
    assert asked == names
    found = [one["run"] for one in json.loads(out)]
    assert found == [f"of {name}" for name in names if name != "FWSS"]
    assert "1 of 9 comparisons failed: FWSS" in err
    assert "FWSS fell" in err
