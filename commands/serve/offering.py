"""What the Prefect server is offered: each flow as a deployment, the nightly with its schedule."""

from __future__ import annotations

import argparse
import os
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from deployments.offered import NIGHTLY, OFFERED, parameters, tags_of
from errors import WrongInput
from flows.session import check_words, words_of
from spelling import did_you_mean
from tasks.measuring.method import MOST, NARROWEST, WIDEST

A_PATH = {"pattern": "^[^\\x00-\\x1f\\x7f]*$"}
LIMITS: dict[str, dict[str, Any]] = {  # in JSON Schema's words, as the flows have them
    "environment": {**A_PATH, "minLength": 1},
    "packages": A_PATH,
    "starts": {"minimum": 1, "maximum": MOST},
    "until": {"minimum": NARROWEST, "maximum": WIDEST},
    "nights": {"minimum": 1},
}

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment
    from prefect.schedules import Schedule

    from deployments.model import Environment


def deployments(asked: argparse.Namespace, environment: Environment) -> list[RunnerDeployment]:
    """Give every flow as a deployment, the nightly with its schedule.

    Args:
        asked: what the nightly does.
        environment: what runs are about unless they name another; its name and its server's are
            tags of all runs, its steps the choices of their forms.

    Raises:
        WrongInput: the schedule is none.
    """
    from prefect.types.entrypoint import EntrypointType

    found: list[Any] = []
    for one in OFFERED:
        flow: Any = getattr(import_module(f"flows.{one.flow}"), one.flow)
        found.append(
            flow.to_deployment(
                name=one.name,
                parameters=dict(parameters(environment)),
                # By module: loaded from its file, a flow would have the folder flows/ on its
                # path, and a module there in place of the package of that name.
                entrypoint_type=EntrypointType.MODULE_PATH,
                tags=tags_of(one.flow, environment),
                schedule=nightly(asked) if one.cron else None,
            )
        )
    for deployment in found:
        offer_steps(deployment, environment)
        refuse_the_impossible(deployment)
    return found


def refuse_the_impossible(deployment: RunnerDeployment) -> None:
    """Let the server refuse what no run can be given, before it makes one.

    That is a parameter that the flow has not, a number that it would refuse, a path that is none.
    """
    from prefect.utilities.callables import ParameterSchema

    class Closed(ParameterSchema):
        additionalProperties: bool

    schema = deployment._parameter_openapi_schema
    for name, limits in LIMITS.items():
        if name in schema.properties:
            known = schema.properties[name]
            # Of one that may be left empty, the first of both.
            known.get("anyOf", [known])[0].update(limits)
    deployment._parameter_openapi_schema = Closed(**schema.model_dump(), additionalProperties=False)


def offer_steps(deployment: RunnerDeployment, environment: Environment) -> None:
    """Let a form offer the words that `only` and `skip` know, and the server refuse all others.

    Of a flow of one application it offers the environment's applications.
    """
    # Private, and where Prefect's own `frozen` parameters are made choices too.
    properties = deployment._parameter_openapi_schema.properties
    if "application" in properties:
        properties["application"]["enum"] = [app.name for app in environment.applications]
        return
    of_another = {"plan": "deploy_all"}
    name = deployment.flow_name or ""
    steps = import_module(f"flows.steps.{of_another.get(name, name)}").steps
    words = words_of(environment, steps)
    for parameter in ("only", "skip"):
        properties[parameter]["anyOf"][0]["items"]["enum"] = words


def check_nightly(asked: argparse.Namespace, environment: Environment) -> None:
    """Check what the nightly shall do before anything is started.

    Raises:
        WrongInput: a word names no step, or the schedule is none.
    """
    if asked.only or asked.skip:
        from flows.steps.rebuild_and_measure import steps

        check_words(environment, steps, asked.only, asked.skip)
    if asked.cron != NIGHTLY:
        nightly(asked)


def nightly(asked: argparse.Namespace) -> Schedule | None:
    """Give when the nightly runs by itself, and on which steps.

    Raises:
        WrongInput: the schedule is none.
    """
    from prefect.schedules import Cron
    from tzlocal import get_localzone_name

    if not asked.cron.strip():
        return None
    parameters = {name: value for name in ("only", "skip") if (value := getattr(asked, name))}
    try:
        if len(asked.cron.split()) > 5 or not asked.cron.isascii():  # a sixth one: seconds
            raise ValueError("more than five fields, or other than ASCII")
        # The 31st of February never comes; Prefect takes it, by the same reader.
        import_module("prefect._vendor.croniter").croniter(asked.cron).get_next()
        check_zone(os.environ.get("TZ", ""))
        return Cron(asked.cron, timezone=get_localzone_name(), parameters=parameters)
    except ValueError as error:
        raise WrongInput(
            f"--cron {asked.cron!r} is no schedule",
            seen=str(error),
            remedy=f"five fields, for example {NIGHTLY!r}",
        ) from None


def check_zone(name: str) -> None:
    """Refuse a time zone that nobody knows: tzlocal takes the machine's own in its place.

    Raises:
        WrongInput: there is no zone of that name.
    """
    from zoneinfo import available_timezones

    if re.fullmatch(r":?[A-Za-z_]+/[\w/+-]+", name) and name.lstrip(":") not in (
        known := available_timezones()
    ):
        raise WrongInput(f"there is no time zone {name}", remedy=did_you_mean(name, sorted(known)))
