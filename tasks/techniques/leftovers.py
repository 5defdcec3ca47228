"""What a killed run left, of all techniques: on the server and in the engines of its domUs."""

from __future__ import annotations

from blocks.connections import Connections
from deployments.model import Environment
from runs.step import Step
from tasks.container.leftovers import container_leftovers_step
from tasks.guest.leftovers import leftovers_step
from tasks.techniques.instances import with_engine


def all_leftovers(environment: Environment, connections: Connections, group: str) -> list[Step]:
    """Give the steps that remove it, for a run that makes nothing itself."""
    found = [leftovers_step(environment, connections, [], group)]
    for domu in with_engine(environment):
        found.append(container_leftovers_step(environment, domu, connections, [], group))
    return found
