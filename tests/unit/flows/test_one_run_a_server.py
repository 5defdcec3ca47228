"""A server is changed by one run at a time, whichever environment or block leads to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from blocks.doors import USUAL
from blocks.ssh_config import target_of
from deployments.load import load_environment
from deployments.model import Environment
from errors import EposVirtError
from flows.session import alone_on

PROJECT = Path(__file__).parents[3]


def renamed(environment: Environment, name: str, **server: object) -> Environment:
    """Give the same environment under other names."""
    told = environment.server.model_copy(update={"name": name, **server})
    return environment.model_copy(update={"name": name, "server": told})


@pytest.fixture
def first() -> Environment:
    return load_environment(PROJECT / "deployments" / "epos-server.yaml")


def test_two_environments_of_one_address_wait_for_each_other(first: Environment) -> None:
    assert first.server.ssh
    other = renamed(first, "another")
    elsewhere = renamed(first, "third", ssh=first.server.ssh.model_copy(update={"port": 2222}))
    with alone_on(first, USUAL, "the first"):
        with pytest.raises(EposVirtError, match="is being changed"), alone_on(other, USUAL, "b"):
            pass
        with alone_on(elsewhere, USUAL, "c"):
            pass
    with alone_on(other, USUAL, "later"):
        pass


def test_a_block_that_leads_to_the_same_server_waits_too(first: Environment) -> None:
    ssh = first.server.ssh
    assert ssh
    target = target_of("block", ssh)
    lab = load_environment(PROJECT / "deployments" / "lab.yaml")
    with (
        alone_on(first, USUAL, "the first"),
        pytest.raises(EposVirtError, match="is being changed"),
        alone_on(lab, replace(USUAL, server=target), "by a block"),
    ):
        pass
