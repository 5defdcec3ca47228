"""An environment with an application that a toolchain's daemon hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments.model import Environment
from tasks.measuring.timed_start import Question
from tests.unit.unikernel.hosting_of_tests import NAME, Daemon
from toolchains import TOOLCHAINS

HOSTED = "indexGD"


@pytest.fixture
def daemon(own_state: Path, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    """Promise a toolchain whose instances answer where they really are, while they run."""
    made = Daemon()
    made.address = "10.0.7.77"
    monkeypatch.setitem(TOOLCHAINS, NAME, made)

    def answers(_server: object, question: Question) -> bool:
        return made.answers(question.address)

    monkeypatch.setattr("tasks.instance.answer.answers", answers)
    return made


@pytest.fixture
def hosting_environment(environment: Environment) -> Environment:
    """Promise the lab's environment, in which the daemon hosts indexGD."""
    applications = tuple(
        app.model_copy(update={"toolchain": NAME}) if app.name == HOSTED else app
        for app in environment.applications
    )
    return environment.model_copy(update={"applications": applications})
