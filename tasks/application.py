"""Where an application's sources are, what they say of it, and the addresses it is told."""

from __future__ import annotations

import re
from pathlib import Path

from deployments.app_yaml import Described, read_described
from deployments.model import Application, Environment
from errors import WrongInput

SECRETS = "/run/secrets"  # where an application finds its secrets, a file each


def source_folder(environment: Environment, application: Application) -> Path:
    """Give the folder of an application's sources and app.yaml."""
    return (environment.folder / application.source).resolve()


def described(environment: Environment, application: Application) -> Described:
    """Give what an application's app.yaml says."""
    return read_described(source_folder(environment, application))


def variables(
    environment: Environment, application: Application, says: Described | None = None
) -> dict[str, str]:
    """Give an application's environment variables, the same whatever runs it.

    The defaults of its app.yaml; the address of each application that it uses, as it names it
    there (`database` is `DATABASE_ADDRESS`); the file of each secret (`database_password` is
    `DATABASE_PASSWORD_FILE`); then what the environment says.

    Args:
        environment: the whole environment.
        application: the application.
        says: what its app.yaml says, where that was read already.

    Raises:
        WrongInput: it uses what is not in the environment.
    """
    says = says or described(environment, application)
    addresses = {
        variable_name(name, "ADDRESS"): str(used(environment, says, name).address)
        for name in says.uses
    }
    files = {variable_name(name, "FILE"): f"{SECRETS}/{name}" for name in says.secrets}
    return {**says.environment, **addresses, **files, **application.environment}


def used(environment: Environment, says: Described, name: str) -> Application:
    """Find the application that another one calls by its name, or by its source folder's.

    Raises:
        WrongInput: there is none.
    """
    for application in environment.applications:
        if name in (application.name, application.source.name):
            return application
    raise WrongInput(
        f"{says.name} uses {name}, which is not in the environment",
        remedy=f"add {name} to `applications`, or remove it from `uses` of {says.name}",
    )


def variable_name(name: str, what: str) -> str:
    """Name the variable that tells something about a name: `DATABASE_ADDRESS`."""
    return re.sub(r"[^A-Z0-9]", "_", f"{name}_{what}".upper())
