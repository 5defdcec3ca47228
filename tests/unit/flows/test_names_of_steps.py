"""Steps name those they wait for: each name is one that a whole deployment has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from deployments.model import Environment
from flows.session import Session, open_session
from flows.steps import deploy_all, teardown
from runs.step import Step

Steps = Callable[[Session], Sequence[Step]]


@pytest.mark.parametrize("steps", [deploy_all.steps, teardown.steps], ids=["deploy", "teardown"])
def test_every_step_waits_only_for_steps_that_there_are(
    own_state: Path, environment: Environment, steps: Steps
) -> None:
    with open_session(environment, builds=False) as session:
        made = steps(session)
    names = [step.name for step in made]
    assert len(names) == len(set(names))
    unknown = {(step.name, name) for step in made for name in step.after if name not in names}
    assert unknown == set()
