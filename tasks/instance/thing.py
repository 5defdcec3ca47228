"""One thing of an environment, as its technique knows it: what every technique can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from deployments.model import Environment
from errors import EposVirtError
from tasks.instance.instance import Instance
from tasks.measuring.measure import Subject


class Thing(Protocol):
    """A domU, container or unikernel; what is done to it, its technique knows how.

    Where nothing of its name is ours, `stop`, `start` and `remove` raise `absent`, unless its
    technique takes that for an answer.
    """

    @property
    def name(self) -> str:
        """Its name in the environment."""

    @property
    def host(self) -> str:
        """Where it is, as the history names it."""

    @property
    def started_by(self) -> str:
        """Name of the step that starts it."""

    def look(self) -> Instance:
        """See how it is now; changes nothing."""

    def logs(self, hear: Callable[[str], None], *, follow: bool, tail: int) -> None:
        """Tell what it printed, line by line; with `follow` until the operator ends it."""

    def stop(self) -> bool:
        """Stop it in order; tells whether it ran."""

    def start(self) -> bool:
        """Start it and wait until it answers; tells whether it was down."""

    def remove(self) -> bool:
        """Stop it and forget it; volumes and images stay. Tells whether it was there."""

    def subject(self, run: str) -> Subject:
        """Give what is measured of it, and how; `run` marks what is temporary meanwhile."""


def absent(environment: Environment, name: str) -> EposVirtError:
    """Give the error of a thing that is not there, or is there and not ours."""
    return EposVirtError(
        f"{name} is not there",
        seen=f"nothing of that name carries the mark of environment {environment.name}",
        remedy=f"python -m flows.deploy_all {environment.path} makes it",
    )
