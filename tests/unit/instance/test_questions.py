"""What an application is asked, what counts as its answer, and which addresses are free."""

from __future__ import annotations

from ipaddress import IPv4Interface
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deployments.model import Environment
from errors import EposVirtError, WrongInput
from state import state_folder
from tasks.instance.address import free, taken
from tasks.instance.answer import answers
from tasks.instance.proving_question import question_of
from tasks.measuring.timed_start import Question

SERVER: Any = None
QUESTION = Question("GLASS", "http", "10.0.7.201", 8080, "/health", "stations")


def test_addresses_are_given_from_the_end_and_never_one_that_is_taken(
    environment: Environment,
) -> None:
    network = environment.network
    whole = network.address.network
    first, second = free(environment, 2)
    assert first > second
    assert not {first, second} & taken(environment)
    assert {first, second} <= set(whole.hosts())
    assert network.address.ip in taken(environment)
    assert all(
        application.address in taken(environment) for application in environment.applications
    )


def test_a_network_that_is_full_is_told(environment: Environment) -> None:
    small = IPv4Interface(f"{environment.network.address.ip}/32")
    network = environment.network.model_copy(update={"address": small})
    full = environment.model_copy(update={"network": network})
    with pytest.raises(WrongInput, match="has 0 free addresses, 1 are needed"):
        free(full, 1)


def test_the_question_is_what_app_yaml_says_with_the_password_it_names(
    environment: Environment, own_state: Path
) -> None:
    (state_folder("secrets", environment.name) / "database_password").write_text("canary")
    asked = question_of(environment, environment.application("database"))
    assert asked.scheme == "postgresql"
    assert asked.address == str(environment.application("database").address)
    assert asked.login[1] == "canary"
    assert asked.path.lower().startswith("select")


def test_one_that_uses_https_must_show_our_certificate(
    environment: Environment, own_state: Path
) -> None:
    schemes = {}
    for application in (environment.application(name) for name in ("Products_Portal", "indexGD")):
        asked = question_of(environment, application)
        schemes[asked.scheme] = asked.certificate
    assert schemes["https"].startswith("-----BEGIN CERTIFICATE-----")
    assert schemes["http"] == ""


@pytest.mark.parametrize(
    ("status", "text", "right"),
    [(200, "12 stations", True), (200, "nothing", False), (503, "12 stations", False)],
)
def test_an_answer_is_right_by_its_status_and_what_it_holds(
    monkeypatch: pytest.MonkeyPatch, status: int, text: str, right: bool
) -> None:
    answer = SimpleNamespace(status_code=status, text=text)
    monkeypatch.setattr("tasks.instance.answer.request", lambda *_, **__: answer)
    assert answers(SERVER, QUESTION) is right


def test_no_answer_is_no_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise EposVirtError("refused", seen="", remedy="")

    monkeypatch.setattr("tasks.instance.answer.request", refused)
    assert answers(SERVER, QUESTION) is False
