"""One look at everything: states and figures as ever, and no machine asked twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.container.engine import ENVIRONMENT_LABEL
from tasks.domu.domu import domu_xml
from tasks.guest.description import guest_xml, marked
from tasks.instance.instance import Instance
from tasks.techniques.instances import read_instances
from tasks.techniques.techniques import Techniques
from tests.unit.instance.guests import Machines

DOMU = "centos7-VM"
SINCE = datetime(2026, 11, 24, 2, 48, 23, tzinfo=UTC)


class Engine:
    """A domU's engine: lists its containers and measures them; each question is noted."""

    def __init__(self, environment: str, *names: str) -> None:
        self.containers = self
        self.listings = 0
        labels = {ENVIRONMENT_LABEL: environment}
        state = {"Status": "running", "StartedAt": SINCE.isoformat()}
        attrs = {"State": state, "Config": {"Image": "epos/it:1", "Labels": labels}}
        self.there = [SimpleNamespace(name=name, attrs=attrs, stats=self.stats) for name in names]

    def list(self, **_: object) -> Any:
        self.listings += 1
        return self.there

    def get(self, name: str) -> Any:
        return next(one for one in self.there if one.name == name)

    def stats(self, **_: object) -> Any:
        return {"memory_stats": {"usage": 40_000_000}}


@pytest.fixture
def machines(environment: Environment, canned: Callable[..., Any]) -> Machines:
    made = Machines(canned({"xenstore-read": f"{SINCE.timestamp()}\n"}))
    made.define(DOMU, domu_xml(environment, environment.domu(DOMU)), active=True)
    return made


def look(environment: Environment, machines: Machines) -> dict[str, Instance]:
    found = read_instances(Techniques(environment, cast(Any, machines), Path("/nonexistent")))
    return {one.name: one for one in found}


def told(machines: Machines) -> list[tuple[str, ...]]:
    return cast(Any, machines.server).told  # type: ignore[no-any-return]


def test_each_thing_is_seen_as_it_is(environment: Environment, machines: Machines) -> None:
    engine = machines.engines[DOMU] = Engine(environment.name, "fwss", "others")
    address = environment.application("indexGD").address
    guest = guest_xml(environment, "indexGD", memory=2**26, vcpus=1, address=address)
    description = marked(guest, environment.name)
    kernel = "<os><kernel>/images/indexGD-0123.kernel</kernel></os></domain>"
    machines.define("indexGD", description.replace("</domain>", kernel), active=False)
    machines.define("RunQC", "<domain/>", active=True)
    seen = look(environment, machines)
    assert list(seen) == [
        DOMU,
        *(app.name for app in environment.containers),
        *(app.name for app in environment.unikernels),
    ]
    assert seen[DOMU] == Instance(
        name=DOMU,
        technique="vm",
        state="running",
        address="10.0.7.200",
        memory=2**26,
        since=SINCE,
        image=environment.domu(DOMU).volume,
    )
    assert seen["FWSS"] == Instance(
        name="FWSS",
        technique="container",
        state="running",
        address=str(environment.application("FWSS").address),
        memory=40_000_000,
        since=SINCE,
        image="epos/it:1",
    )
    assert seen["indexGD"] == Instance(
        name="indexGD",
        technique="unikernel",
        state="stopped",
        address=str(address),
        image="indexGD-0123",
    )
    states = {name: one.state for name, one in seen.items()}
    assert states.pop("RunQC") == "not ours"
    assert {states.pop(name) for name in (DOMU, "FWSS", "indexGD")} == {"running", "stopped"}
    assert set(states.values()) == {"absent"}
    assert engine.listings == 1
    assert len(told(machines)) == 1  # when the domU was started


def test_a_domu_that_is_down_is_not_asked(environment: Environment, machines: Machines) -> None:
    machines.domains[DOMU].active = False
    seen = look(environment, machines)
    assert {seen[app.name].state for app in environment.containers} == {f"{DOMU} is down"}
    assert (machines.noted, told(machines)) == ([], [])


def test_a_domu_that_does_not_answer_is_asked_once(
    environment: Environment, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def engine(domu: str) -> Any:
        asked.append(domu)
        raise EposVirtError("no engine", seen="", remedy="")

    monkeypatch.setattr(machines, "engine", engine)
    seen = look(environment, machines)
    assert {seen[app.name].state for app in environment.containers} == {f"{DOMU} does not answer"}
    assert asked == [DOMU]
