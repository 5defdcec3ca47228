"""A run that only measures removes what killed runs left, wherever a technique may have left it."""

from __future__ import annotations

from typing import Any

from deployments.model import Environment
from tasks import step_names
from tasks.techniques.leftovers import all_leftovers

CONNECTIONS: Any = None  # names are asked for, machines are not


def test_the_server_and_every_engine_that_is_used_are_looked_at(environment: Environment) -> None:
    found = all_leftovers(environment, CONNECTIONS, "measure")
    domu = step_names.container_leftovers("centos7-VM")
    assert [step.name for step in found] == [step_names.LEFTOVERS, domu]
    assert {step.group for step in found} == {"measure"}


def test_without_containers_no_engine_is_asked(environment: Environment) -> None:
    without = environment.model_copy(update={"applications": environment.unikernels})
    [server] = all_leftovers(without, CONNECTIONS, "measure")
    assert server.name == step_names.LEFTOVERS
