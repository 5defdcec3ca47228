"""A run by a block that leads to another server than the environment's lab is that server's."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from blocks.connection import SshTarget
from blocks.doors import USUAL, Doors
from deployments.model import Environment
from flows import session as of_session
from flows.session import Session, whole_platform
from flows.steps.create_domu import steps as domu_steps
from flows.steps.prepare_host import steps as host_steps
from tests.unit.instance.guests import Machines

NOWHERE = Path("/nonexistent")
LAB = {"state": "up", "accelerator": "tcg", "ssh": {"host": "127.0.0.1", "port": 42999}}
XEN = {"nr_cpus": "16", "total_memory": "65536", "xen_version": "4.17.4"}  # of `xl info`


def by_way_of(host: str, port: int) -> Doors:
    return Doors(server=SshTarget("block", host, port, "root", NOWHERE, NOWHERE))


@pytest.fixture
def session(environment: Environment, canned: Any, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(of_session, "lab_status", lambda _: LAB)
    monkeypatch.setattr(of_session, "is_running", lambda *_: False)
    server = canned({"cat /proc/cpuinfo": "model name : EPYC\n"})
    monkeypatch.setattr(of_session, "read_xen", lambda _: XEN)
    return Session(environment, cast(Any, Machines(server)), NOWHERE, cast(Any, None))


@pytest.mark.parametrize("doors", [USUAL, by_way_of("127.0.0.1", 42999)])
def test_the_lab_and_a_block_of_it_are_the_lab(session: Session, doors: Doors) -> None:
    session.doors = doors
    assert host_steps(session)[0].name == "lab lab"
    platform = whole_platform(session)
    assert (platform.kind, platform.processor != "EPYC") == ("emulation", True)


def test_another_server_starts_no_lab_and_its_figures_are_its_own(session: Session) -> None:
    session.doors = by_way_of("xen1.example.org", 22)
    steps = [*host_steps(session), *domu_steps(session)]
    assert "lab lab" not in {name for step in steps for name in (step.name, *step.after)}
    platform = whole_platform(session)
    assert (platform.kind, platform.processor) == ("bare metal", "EPYC")
    assert (platform.cores, platform.memory) == (16, 64 * 2**30)
