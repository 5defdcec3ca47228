"""What of an environment runs: domUs, containers and unikernels in one list."""

from __future__ import annotations

from collections.abc import Iterator

from deployments.model import Application, DomU, Environment
from tasks.instance.instance import Instance
from tasks.techniques.techniques import Techniques


def read_instances(techniques: Techniques) -> list[Instance]:
    """Look at everything the environment names, domUs first, in the file's order."""
    return [techniques.of(named).look() for named in in_order(techniques.environment)]


def innermost_first(environment: Environment) -> Iterator[DomU | Application]:
    """Give what runs in no domU, then what runs in one, then the domUs they stand on."""
    yield from (app for app in environment.applications if app.domu is None)
    yield from (app for app in environment.applications if app.domu is not None)
    yield from environment.domus


def in_order(environment: Environment) -> Iterator[DomU | Application]:
    """Give each domU, followed by what runs in it, then what runs in none."""
    for domu in environment.domus:
        yield domu
        yield from (app for app in environment.applications if app.domu == domu.name)
    yield from (app for app in environment.applications if app.domu is None)
