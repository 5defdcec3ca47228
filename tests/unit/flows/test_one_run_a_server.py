"""A server is changed by one run at a time, whichever environment or block leads to it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from blocks.doors import USUAL
from blocks.ssh_config import target_of
from commands import flow
from deployments.load import load_environment
from deployments.model import Environment
from errors import EposVirtError
from flows.alone import alone_on, refuse_second

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


def test_who_is_at_work_is_told_before_anything_is_started(
    own_state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = load_environment(PROJECT / "deployments" / "lab.yaml")
    refuse_second(lab)
    with alone_on(lab, USUAL, "deploy_all of lab.yaml"):
        assert flow.main("prepare_host", [str(lab.path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("server epos-lab is being changed by another run\n")
    assert f'"pid": {os.getpid()}, "run": "deploy_all of lab.yaml"' in said
    assert [path.name for path in own_state.iterdir()] == ["locks"]


def test_it_is_told_by_the_servers_address_too(first: Environment) -> None:
    other = renamed(first, "another")
    with (
        alone_on(other, USUAL, "the other"),
        pytest.raises(EposVirtError, match="is being changed"),
    ):
        refuse_second(first)
    refuse_second(first)


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
