"""A project that does not come up is told with what there is to see; what was proved is no more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.container.compose import Project, actions_of
from tasks.container.compose_plan import Difference
from tasks.last_proof import keep_proof, proved
from tests.unit.container.engine_of_tests import Engine


def test_a_failed_up_shows_compose_s_last_lines(
    environment: Environment, own_state: Path, canned: Callable[..., Any]
) -> None:
    [domu] = environment.domus
    machine = canned({"sh -c": (1, "network epos-lab created\nno space left\n"), "sha256sum": ""})
    connections: Any = SimpleNamespace(domu=lambda _: machine, engine=lambda _: Engine(""))
    keep_proof(environment, {"files": 3})
    with pytest.raises(EposVirtError, match="ended with status 1") as failed:
        Project(environment, domu, connections).up()
    assert failed.value.seen.splitlines() == ["network epos-lab created", "no space left"]
    assert proved(environment) is None
    [command] = [told for told in machine.told if told[0] == "sh" and "compose" in told]
    assert command[-4:] == ("up", "--detach", "--remove-orphans", "--no-build")


def test_a_database_that_is_made_anew_is_dumped_before_anything(
    environment: Environment, own_state: Path
) -> None:
    [domu] = environment.domus
    project = Project(environment, domu, SimpleNamespace())  # type: ignore[arg-type]
    up = ("recreate database: its image or settings differ",)
    [first, *_] = actions_of(project, Difference("", file=True, up=up, anew=("database", "fwss")))
    assert first.what == "dump database"
    [first, *_] = actions_of(project, Difference("", file=True, up=up, anew=("fwss",)))
    assert first.what.startswith("write ")
