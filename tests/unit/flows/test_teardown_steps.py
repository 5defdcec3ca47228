"""The steps of a teardown: what a daemon hosts is one where there is any, and holds up no other."""

from __future__ import annotations

import pytest

from deployments.model import Environment
from errors import EposVirtError
from flows.session import open_session
from flows.steps import teardown
from tests.unit.unikernel.hosting_of_tests import Daemon


def test_what_a_daemon_hosts_is_no_step_where_none_hosts_any(
    daemon: Daemon, environment: Environment
) -> None:
    daemon.is_down = True
    with open_session(environment, builds=False) as session:
        names = [step.name for step in teardown.steps(session)]
    assert names == ["leftovers", "guests", "files", "volumes", "packet-filter"]


def test_guests_go_although_the_daemon_does_not_answer(
    daemon: Daemon, hosting_environment: Environment
) -> None:
    daemon.is_down = True
    with open_session(hosting_environment, builds=False) as session:
        steps = {step.name: step for step in teardown.steps(session)}
    with pytest.raises(EposVirtError, match="does not answer"):
        steps["hosted"].plan()
    assert not any("hosted" in step.after for step in steps.values())
