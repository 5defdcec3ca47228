"""The containers of one domU, listed once for all that look at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from blocks.connections import Connections
from deployments.model import Environment
from errors import EposVirtError
from tasks.container.engine import ENVIRONMENT_LABEL, asking


@dataclass
class Listing:
    """What a domU's engine lists.

    Args:
        environment: the whole environment.
        connections: the run's connections.
        domu: whose engine it is.
        runs: tells whether that domU runs; one that is down is not asked.
    """

    environment: Environment
    connections: Connections
    domu: str
    runs: Callable[[], bool]

    @cached_property
    def containers(self) -> dict[str, dict[str, Any]] | str:
        """What `docker inspect` says of each of ours, by name; or why they cannot be seen."""
        if not self.runs():
            return f"{self.domu} is down"
        try:
            engine = self.connections.engine(self.domu)
            with asking(self.domu, "list its containers"):
                listed = engine.containers.list(all=True, ignore_removed=True)
        except EposVirtError:
            return f"{self.domu} does not answer"
        mark = (ENVIRONMENT_LABEL, self.environment.name)
        return {
            str(one.name): one.attrs
            for one in listed
            if mark in (one.attrs["Config"].get("Labels") or {}).items()
        }
