"""What an engine says of a container, in a word."""

from __future__ import annotations

from typing import Any

import pytest

from deployments.model import Environment
from tasks.container.thing import as_instance


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
