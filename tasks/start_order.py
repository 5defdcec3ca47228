"""Which steps start what an application says it is started after."""

from __future__ import annotations

from collections.abc import Iterable

from deployments.model import Application, Environment
from tasks import step_names


def started_before(environment: Environment, started: Iterable[Application]) -> list[str]:
    """Name the steps that start what these applications, which are started at once, come after."""
    together = list(started)
    names = [name for one in together for name in one.after]
    others = [environment.application(name) for name in dict.fromkeys(names)]
    return list(dict.fromkeys(starting(other) for other in others if other not in together))


def starting(application: Application) -> str:
    """Name the step that starts an application: the containers of a domU share one."""
    if application.technique == "container":
        return step_names.compose(str(application.domu))
    return step_names.unikernel(application.name)
