"""Names of an environment's things, as a person types them."""

from __future__ import annotations

from deployments.model import Application, DomU, Environment
from errors import WrongInput
from spelling import did_you_mean


def find(environment: Environment, name: str) -> DomU | Application:
    """Find a domU or application by its name, upper and lower case alike.

    Raises:
        WrongInput: there is none; proposes the nearest.
    """
    things: dict[str, DomU | Application] = {
        **{domu.name.lower(): domu for domu in environment.domus},
        **{app.name.lower(): app for app in environment.applications},
    }
    if found := things.get(name.lower()):
        return found
    known = [thing.name for thing in things.values()]
    raise WrongInput(
        f"{environment.path}: nothing is called {name!r}", remedy=did_you_mean(name, known)
    )
