"""Where an application's sources are, what they say of it, and the addresses it is told."""

from __future__ import annotations

from pathlib import Path

from deployments.described import Described, read_described
from deployments.model import Application, Environment

SHORT_NAMES = {"EPOS_GLASS_Framework": "GLASS"}  # as the applications' variables call them


def source_folder(environment: Environment, application: Application) -> Path:
    """Give the folder of an application's sources and app.yaml."""
    return (environment.folder / application.source).resolve()


def described(environment: Environment, application: Application) -> Described:
    """Give what an application's app.yaml says."""
    return read_described(source_folder(environment, application))


def address_variable(name: str) -> str:
    """Give the variable that tells an application's address: `DATABASE_ADDRESS`."""
    short = SHORT_NAMES.get(name, name)
    return "".join(c if c.isalnum() else "_" for c in short).upper() + "_ADDRESS"


def variables(environment: Environment, application: Application) -> dict[str, str]:
    """Give an application's environment: its own defaults, addresses, then the environment's."""
    says = described(environment, application)
    addresses = {
        address_variable(name): str(environment.application(name).address) for name in says.uses
    }
    return {**says.environment, **addresses, **application.environment}
