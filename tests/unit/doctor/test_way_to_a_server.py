"""The way to a server, looked at: its name is found on this machine, or it is told which is not."""

from __future__ import annotations

from deployments.model import Environment
from tasks.doctor.way import name_resolves


def test_an_address_and_a_name_are_found(environment: Environment) -> None:
    assert name_resolves(environment, "127.0.0.1", 22).verdict == "works"
    assert "127.0.0.1" in name_resolves(environment, "localhost", 22).seen


def test_a_name_that_nobody_has_is_told_with_its_place(environment: Environment) -> None:
    found = name_resolves(environment, "no-such-host.invalid", 22)
    assert found.verdict == "fails"
    assert "no-such-host.invalid" in found.seen
    assert "lab.yaml" in found.remedy
