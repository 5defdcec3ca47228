"""Which steps start what an application says it is started after."""

from __future__ import annotations

from collections.abc import Iterable

from deployments.model import Application
from tasks.techniques.techniques import Techniques


def started_before(techniques: Techniques, started: Iterable[Application]) -> list[str]:
    """Name the steps that start what these applications, which are started at once, come after."""
    together = list(started)
    names = dict.fromkeys(name for one in together for name in one.after)
    others = [techniques.environment.application(name) for name in names]
    steps = (techniques.of(other).started_by for other in others if other not in together)
    return list(dict.fromkeys(steps))
