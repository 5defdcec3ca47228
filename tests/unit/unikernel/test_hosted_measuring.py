"""Measuring what a daemon hosts: its image and its starts, asked where it really is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.measuring.measure import Figure, Subject
from tasks.measuring.method import FIXED, REPETITIONS
from tasks.measuring.timed_start import Question, Start
from tasks.techniques.techniques import Techniques
from tasks.unikernel.hosted_measuring import ONCE_CREATED
from tests.unit.unikernel.hosting_of_tests import HOSTED, Daemon

CONNECTIONS: Any = SimpleNamespace(server=None)


def subject_of(environment: Environment) -> Subject:
    techniques = Techniques(environment, CONNECTIONS, Path("/nonexistent"))
    return techniques.of(environment.application(HOSTED)).subject("run-1")


@pytest.fixture
def subject(daemon: Daemon, hosting_environment: Environment) -> Subject:
    """Promise an instance that runs."""
    techniques = Techniques(hosting_environment, CONNECTIONS, Path("/nonexistent"))
    assert techniques.of(hosting_environment.application(HOSTED)).start()
    return subject_of(hosting_environment)


@pytest.fixture
def asked(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Promise that no server is asked; gives the addresses that would have been."""
    addresses: list[str] = []

    def timed(_server: object, question: Question, create: Callable[[], object]) -> Start:
        create()
        if not daemon.answers(question.address):
            raise EposVirtError("no answer", seen="", remedy="")
        addresses.append(question.address)
        return Start(0.0, 0.0)

    monkeypatch.setattr("tasks.unikernel.hosted_measuring.timed_start", timed)
    return addresses


def test_its_size_and_its_starts_are_measured(
    daemon: Daemon, subject: Subject, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.asked.clear()
    loaded_at: list[str] = []

    def load(_server: object, question: Question) -> list[Figure]:
        loaded_at.append(question.address)
        return []

    monkeypatch.setattr("tasks.unikernel.hosted_measuring.load_figures", load)
    size, running, answered = subject.measure(FIXED)
    assert loaded_at == ["10.0.7.77"]
    assert (size.metric, size.unit, size.values) == ("size", "bytes", [7_000_000])
    assert (running.metric, len(running.values)) == ("start_running", REPETITIONS)
    assert (answered.metric, len(answered.values)) == ("start_first_answer", REPETITIONS)
    assert all(a >= r for a, r in zip(answered.values, running.values, strict=True))
    assert answered.method == ONCE_CREATED
    assert asked == ["10.0.7.77"] * REPETITIONS
    assert daemon.asked == [
        f"build {HOSTED}",
        *[f"remove {HOSTED}", f"start {HOSTED}"] * REPETITIONS,
    ]
    assert HOSTED in daemon.there


def test_it_is_measured_again_when_what_decides_its_figures_differs(
    daemon: Daemon, subject: Subject, hosting_environment: Environment
) -> None:
    key = subject.key()
    assert subject.key() == key
    larger = tuple(
        app.model_copy(update={"memory": 2**30}) if app.name == HOSTED else app
        for app in hosting_environment.applications
    )
    assert subject_of(hosting_environment.model_copy(update={"applications": larger})).key() != key
    daemon.there[HOSTED] = daemon.there[HOSTED].model_copy(update={"image": "epos-indexgd-fedc"})
    assert subject.key() not in ("", key)


def test_what_is_not_there_is_not_measured(daemon: Daemon, subject: Subject) -> None:
    daemon.there.clear()
    assert subject.key() == ""
    with pytest.raises(EposVirtError, match=f"{HOSTED} is not there"):
        list(subject.measure(FIXED))
    assert not daemon.there


@pytest.mark.usefixtures("asked")
def test_it_runs_again_after_a_start_that_gave_no_answer(daemon: Daemon, subject: Subject) -> None:
    daemon.dumb.add("3")
    with pytest.raises(EposVirtError, match="no answer"):
        list(subject.measure(FIXED))
    assert HOSTED in daemon.there
