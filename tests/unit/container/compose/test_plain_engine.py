"""apps/compose.yaml: made from the environment, confined as what is deployed, without a secret."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from deployments.load import load_environment
from tasks.container import plain_engine
from tasks.container.plain_engine import FIRST_FILES, plain_compose

AGAIN = "python -m tasks.container.plain_engine"
Services = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    return plain_compose(load_environment(plain_engine.ENVIRONMENT))


@pytest.fixture
def services(content: dict[str, Any]) -> Services:
    found: Services = content["services"]
    return found


@pytest.fixture
def applications(services: Services) -> Services:
    return {name: one for name, one in services.items() if "restart" in one}


def test_what_is_committed_is_what_is_generated(content: dict[str, Any]) -> None:
    assert plain_engine.COMPOSE.read_text() == plain_engine.compose_text(), AGAIN
    assert plain_engine.BASES.read_text() == plain_engine.script_text(), AGAIN
    assert yaml.safe_load(plain_engine.compose_text()) == content


def test_all_nine_applications_run_whatever_their_technique(applications: Services) -> None:
    assert len(applications) == 9
    for name, service in applications.items():
        build = service["build"]
        folder = plain_engine.APPS / build["context"]
        assert (folder / build.get("dockerfile", "Dockerfile")).is_file(), name


def test_each_sees_its_own_secrets_only_and_none_is_written_down(services: Services) -> None:
    given = {reader: names for reader, _, names in map(_parted, services["secrets"]["command"])}
    for name, service in services.items():
        mounts = [mount for mount in service.get("volumes", []) if "secrets" in mount]
        if name == "secrets":
            assert service["network_mode"] == "none"
            continue
        assert mounts == ([f"secrets-{name}:/run/secrets:ro"] if name in given else [])
        for variable, value in service.get("environment", {}).items():
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in given[name].split(",")
            else:
                assert not any(word in variable for word in ("PASSWORD", "TOKEN", "LOGIN"))


def _parted(text: str) -> tuple[str, str, str]:
    return text.partition("=")


def test_everything_is_confined_and_what_is_published_is_for_this_machine(
    services: Services,
) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not {"privileged", "cap_add", "pid"} & set(service)
    published = [port for one in services.values() for port in one.get("ports", [])]
    assert all(port.startswith("${EPOS_ADDRESS:-127.0.0.1}:") for port in published)
    assert len(set(published)) == len(published) == 8
    assert "ports" not in services["database"]


def test_nothing_starts_before_its_secrets_and_its_files_are_there(services: Services) -> None:
    done = {"condition": "service_completed_successfully"}
    assert services["database"]["depends_on"]["secrets"] == done
    assert services["indexgd"]["depends_on"]["archive"] == done
    waits = services[FIRST_FILES]["depends_on"]
    assert len(waits) == 9
    assert all(one == {"condition": "service_healthy"} for one in waits.values())
