"""The proof waits for a run of indexGD, and begins it again where it was lost."""

from __future__ import annotations

from typing import Any, cast

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.proof import indexing
from tasks.proof.requests import Asking

DONE = {"state": "done", "errors": [], "found": 3, "read": 3, "inserted": 3}
RUNNING: dict[str, Any] = {"state": "running", "seen": 1, "found": 1, "read": 1}


class Answers:
    """An indexGD of a test: what it answers, one after the other, and how it was asked."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def json(self, _: object, path: str, method: str = "GET") -> dict[str, Any]:
        assert path == "/index"
        self.asked.append(method)
        return self.answers.pop(0)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "EVERY", 0.0)


def indexed(environment: Environment, *answers: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    asking = Answers(*answers)
    found = indexing.index_archive(cast(Asking, asking), environment.application("indexGD"))
    assert not asking.answers
    return found, asking.asked


def test_a_run_is_followed_to_its_end(environment: Environment) -> None:
    found, asked = indexed(environment, RUNNING, RUNNING, RUNNING, DONE)
    assert (found, asked) == (DONE, ["POST", "GET", "GET", "GET"])


@pytest.mark.parametrize(
    "lost", [{"state": "none"}, {"state": "failed", "error": "no FWSS yet"}], ids=str
)
def test_a_run_that_is_lost_is_begun_again(environment: Environment, lost: dict[str, Any]) -> None:
    found, asked = indexed(environment, RUNNING, lost, RUNNING, DONE)
    assert (found, asked) == (DONE, ["POST", "GET", "POST", "GET"])


def test_files_that_could_not_be_read_end_the_proof(environment: Environment) -> None:
    bad = {**DONE, "errors": [{"file": "a.rnx", "error": "empty"}]}
    with pytest.raises(EposVirtError, match="indexGD could not read files"):
        indexed(environment, RUNNING, bad)


def test_what_fails_again_and_again_is_told(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "REACHED_WITHIN", 0.0)
    with pytest.raises(EposVirtError, match="could not index the archive") as error:
        indexed(environment, RUNNING, {"state": "failed", "error": "401 to /files"})
    assert error.value.seen == "401 to /files"
