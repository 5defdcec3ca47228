"""Taking down what a toolchain's daemon hosts: of this environment, and no daemon asked in vain."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from deployments.model import Environment
from runs.step import Step
from tasks import step_names
from tasks.techniques.removal import removal_steps
from tasks.techniques.techniques import Techniques
from tests.unit.unikernel.hosting_of_tests import HOSTED, Daemon
from toolchains import HostedInstance

CONNECTIONS: Any = SimpleNamespace(server=None)
THEIRS = HostedInstance(
    name="theirs", identity="1", image="epos-theirs-1", address="", state="running"
)


def steps(environment: Environment) -> list[Step]:
    techniques = Techniques(environment, CONNECTIONS, Path("/nonexistent"))
    return [
        step for step in removal_steps(techniques, CONNECTIONS) if step.name == step_names.HOSTED
    ]


def ours(image: str) -> HostedInstance:
    return HostedInstance(name=HOSTED, identity="2", image=image, address="", state="running")


def test_only_what_is_hosted_for_this_environment_is_removed(
    daemon: Daemon, hosting_environment: Environment
) -> None:
    daemon.there = {"theirs": THEIRS, HOSTED: ours("epos-indexgd-0123")}
    [step] = steps(hosting_environment)
    [action] = step.plan().actions
    assert action.what == f"remove {HOSTED} of epos-indexgd-0123"
    action.do()
    assert list(daemon.there) == ["theirs"]
    assert step.plan().actions == ()


def test_an_instance_of_another_image_stays(
    daemon: Daemon, hosting_environment: Environment
) -> None:
    daemon.there = {HOSTED: ours("somebodys")}
    [step] = steps(hosting_environment)
    assert step.plan().actions == ()


def test_no_daemon_is_asked_where_none_hosts_anything(
    daemon: Daemon, environment: Environment
) -> None:
    daemon.is_down = True
    assert steps(environment) == []
