"""What listens on the lab's machines, seen from within them: no more than docs/security.md says."""

from __future__ import annotations

from typing import Any

import pytest

from deployments.load import load_environment
from flows.session import open_session
from tests.system.lab_of_tests import ROOT, on_server

pytestmark = [pytest.mark.lab, pytest.mark.docker]
# LISTEN 0  128  0.0.0.0:22  0.0.0.0:*
LISTENING = ("ss", "-H", "--listening", "--tcp", "--numeric")


def ports(listed: str) -> set[int]:
    """Give the TCP ports that others than the machine itself could reach."""
    places = [line.split()[3] for line in listed.splitlines()]
    outward = (place for place in places if not place.startswith(("127.", "[::1]")))
    return {int(place.rpartition(":")[2]) for place in outward}


def test_the_server_answers_ssh_and_nothing_else(deployed: dict[str, Any]) -> None:
    assert ports(on_server(*LISTENING)) == {22}


def test_a_domu_answers_ssh_beside_its_containers(deployed: dict[str, Any]) -> None:
    environment = load_environment(ROOT / "deployments" / "lab.yaml")
    with open_session(environment, builds=False) as session:
        domu = session.connections.domu(environment.domus[0].name)
        assert ports(domu.check(*LISTENING)) == {22}
