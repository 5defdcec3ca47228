"""One list of everything that runs, and names that find it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from commands.ps import as_table
from deployments.model import Environment
from errors import WrongInput
from tasks.instance.find import find
from tasks.instance.instances import Instance, as_instance, as_json


def inspected(status: str, health: str | None) -> dict[str, Any]:
    """What `docker inspect` says of a container, as far as it is read."""
    state: dict[str, Any] = {"Status": status, "StartedAt": "2026-11-24T02:48:23.123456789Z"}
    if health:
        state["Health"] = {"Status": health}
    return {"State": state, "Config": {"Image": "epos/fwss:1add0b"}}


@pytest.mark.parametrize(
    ("status", "health", "told"),
    [
        ("running", "healthy", "running"),
        ("running", None, "running"),
        ("running", "starting", "starting"),
        ("running", "unhealthy", "unhealthy"),
        ("exited", "unhealthy", "stopped"),
        ("paused", None, "paused"),
    ],
)
def test_a_container_s_state_in_a_word(
    environment: Environment, status: str, health: str | None, told: str
) -> None:
    one = as_instance(environment.application("FWSS"), inspected(status, health), 40_000_000)
    assert one.state == told
    assert (one.since is None) == (status != "running")


def test_the_table_and_its_json_say_the_same() -> None:
    since = datetime(2026, 11, 24, 2, 48, tzinfo=UTC)
    running = Instance(
        name="indexGD",
        technique="unikernel",
        state="running",
        address="10.0.7.210",
        memory=67_108_864,
        since=since,
        image="indexGD-bfd85bd54abb750d",
    )
    absent = Instance(name="RunQC", technique="unikernel", state="absent", address="10.0.7.211")
    table = as_table([running, absent])
    assert "67.1 MB" in table
    assert "absent" in table
    [first, second] = json.loads(as_json([running, absent]))
    assert first["since"] == "2026-11-24T02:48:00Z"
    assert first["memory"] == 67_108_864
    assert second["memory"] is None


def test_a_name_is_found_in_any_case_and_a_wrong_one_gets_the_nearest(
    environment: Environment,
) -> None:
    assert find(environment, "INDEXgd").name == "indexGD"
    assert find(environment, "centos7-vm").name == "centos7-VM"
    with pytest.raises(WrongInput) as error:
        find(environment, "indexG")
    assert "write `indexGD` (the nearest)" in error.value.remedy
