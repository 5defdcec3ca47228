"""What an application is told is the same whatever runs it."""

from __future__ import annotations

import pytest

from deployments.app_yaml import Described
from deployments.model import Environment
from errors import WrongInput
from tasks.application import variable_name, variables
from tasks.comparing.copies import with_copies

SAYS = Described.model_validate(
    {
        "name": "asks",
        "runtime": "python",
        "port": 80,
        "uses": ["database", "glass", "RunQC"],
        "secrets": ["database_password"],
        "environment": {"PORT": "1", "DATABASE_PORT": "5432"},
    }
)


@pytest.mark.parametrize("technique", ["vm", "container", "unikernel"])
def test_addresses_secrets_and_defaults(environment: Environment, technique: str) -> None:
    [application] = [
        one.model_copy(update={"environment": {"PORT": "2"}})
        for one in (*environment.applications, *with_copies(environment, "FWSS", ["vm"])[1])
        if one.technique == technique
    ][:1]
    assert variables(environment, application, SAYS) == {
        "PORT": "2",
        "DATABASE_PORT": "5432",
        "DATABASE_ADDRESS": "10.0.7.201",
        "GLASS_ADDRESS": "10.0.7.204",
        "RUNQC_ADDRESS": "10.0.7.211",
        "DATABASE_PASSWORD_FILE": "/run/secrets/database_password",
    }


def test_what_it_uses_must_be_there(environment: Environment) -> None:
    says = SAYS.model_copy(update={"uses": ["nothing"]})
    with pytest.raises(WrongInput, match="asks uses nothing"):
        variables(environment, environment.applications[0], says)


def test_names_of_variables() -> None:
    assert variable_name("my-app.2", "ADDRESS") == "MY_APP_2_ADDRESS"
