"""What of an environment runs, whatever its technique, in one list."""

from __future__ import annotations

from collections.abc import Iterator

from deployments.model import Application, DomU, Environment
from tasks.instance.instance import Instance
from tasks.measuring.measure import Subject
from tasks.techniques.techniques import Techniques


def read_instances(techniques: Techniques) -> list[Instance]:
    """Look at everything the environment names, domUs first, in the file's order."""
    return [techniques.of(named).look() for named in in_order(techniques.environment)]


def subjects(techniques: Techniques, run: str) -> list[Subject]:
    """Give all that an environment has to measure; a domU of one application only with that."""
    own = {app.domu for app in techniques.environment.vms}
    measured = (named for named in innermost_first(techniques.environment) if named.name not in own)
    return [techniques.of(named).subject(run) for named in measured]


def with_engine(environment: Environment) -> list[str]:
    """Name the domUs whose engines run something of an environment."""
    return list(dict.fromkeys(str(app.domu) for app in environment.containers))


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
