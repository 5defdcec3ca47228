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
from tasks.container.compose import Project, as_described_step, compose_step
from tasks.container.compose_plan import Container, FoundContainers
from tasks.last_proof import keep_proof, proved
from tests.unit.container.engine_of_tests import Engine

NOWHERE: Any = SimpleNamespace()


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


def described(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> FoundContainers:
    """Promise a project without the wire; gives its containers as they are described."""
    [domu] = environment.domus
    monkeypatch.setattr(Project, "_seals", lambda _: defaultdict(str))
    monkeypatch.setattr(Project, "_contents", lambda _: {})
    wanted = Project(environment, domu, NOWHERE).wanted()
    there = {
        name: Container(name, environment.name, config, address=wanted.addresses[name])
        for name, config in wanted.configs.items()
    }
    return FoundContainers(wanted.file, there)


def otherwise(found: FoundContainers, name: str) -> FoundContainers:
    """Give them with one that was made from another image."""
    other = replace(found.containers[name], config="before")
    return replace(found, containers={**found.containers, name: other})


def test_what_is_made_anew_is_saved_before_anything(
    environment: Environment, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [domu] = environment.domus
    found = described(environment, monkeypatch)
    saved: list[str] = []
    saves = {"database": lambda: saved.append("database")}
    step = compose_step(environment, domu, NOWHERE, saves=saves)
    for name, first in (("database", "save what database holds"), ("fwss", "docker compose up")):
        seen = otherwise(found, name)
        monkeypatch.setattr(Project, "look", lambda _, seen=seen: seen)
        assert step.plan().actions[0].what.startswith(first)
    assert not saved, "a plan saves nothing"


def test_what_runs_otherwise_than_described_is_told_and_left(
    environment: Environment, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [domu] = environment.domus
    found = described(environment, monkeypatch)
    copy = Container("compare-x", environment.name)
    beside = FoundContainers("with a copy", {**found.containers, copy.name: copy})
    monkeypatch.setattr(Project, "look", lambda _: beside)
    step = as_described_step(environment, domu, NOWHERE, "as-described", "compare")
    assert not step.plan().actions, "what a comparison left is not what is described"
    monkeypatch.setattr(Project, "look", lambda _: otherwise(found, "fwss"))
    with pytest.raises(EposVirtError, match=r"does not run what .* describes") as refused:
        step.plan()
    assert refused.value.seen == "recreate fwss: its image or settings differ"
    assert "flows.deploy_all" in refused.value.remedy
