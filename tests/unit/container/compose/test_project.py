"""A project that does not come up is told with what there is to see; what was proved is no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.container.compose import Project, actions_of, as_described_step
from tasks.container.compose_plan import Container, Difference, FoundContainers
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


def test_what_runs_otherwise_than_described_is_told_and_left(
    environment: Environment, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [domu] = environment.domus
    machine: Any = SimpleNamespace()
    monkeypatch.setattr(Project, "_seals", lambda _: defaultdict(str))
    monkeypatch.setattr(Project, "_contents", lambda _: {})
    wanted = Project(environment, domu, machine).wanted()
    there = {
        name: Container(name, environment.name, config, address=wanted.addresses[name])
        for name, config in wanted.configs.items()
    }
    copy = Container("compare-x", environment.name)
    found = FoundContainers("with a copy", {**there, copy.name: copy})
    monkeypatch.setattr(Project, "look", lambda _: found)
    step = as_described_step(environment, domu, machine, "as-described", "compare")
    assert not step.plan().actions, "what a comparison left is not what is described"
    there["fwss"] = replace(there["fwss"], config="before")
    found = FoundContainers(wanted.file, there)
    with pytest.raises(EposVirtError, match=r"does not run what .* describes") as refused:
        step.plan()
    assert refused.value.seen == "recreate fwss: its image or settings differ"
    assert "flows.deploy_all" in refused.value.remedy
