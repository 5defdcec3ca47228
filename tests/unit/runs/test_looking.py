"""A plan makes nothing: what it would have to make first is told, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

import pytest

from deployments.model import Environment
from runs.looking import NotMadeYet, only_looking
from runs.planned import counted, planned
from runs.step import Action, Plan, Step, nothing
from tasks.archive import archive_folder
from tasks.certificate import certificate_of
from tasks.domu.root_filesystem import make_identity
from tasks.server.hotplug import wanted_files

Make = Callable[[Environment], Any]
MAKERS: dict[str, Make] = {
    "identity": lambda environment: make_identity(environment.name, environment.domus[0], "key"),
    "certificate": certificate_of,
    "program": lambda environment: wanted_files(),
    "archive": archive_folder,
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_look_makes_nothing(
    own_state: Path, tmp_path: Path, environment: Environment, make: Make
) -> None:
    elsewhere = environment.model_copy(update={"path": tmp_path / "no" / "archive" / "there.yaml"})
    with only_looking(), pytest.raises(NotMadeYet):
        make(elsewhere)
    assert not own_state.exists()


def test_a_look_pins_no_host_key_at_another_address(
    own_state: Path, environment: Environment
) -> None:
    domu = environment.domus[0]
    pinned = make_identity(environment.name, domu, "key").known_hosts
    before = pinned.read_text()
    moved = domu.model_copy(update={"address": IPv4Interface("10.0.7.99/24")})
    with only_looking(), pytest.raises(NotMadeYet, match=r"at 10\.0\.7\.99$"):
        make_identity(environment.name, moved, "key")
    assert pinned.read_text() == before
    assert make_identity(environment.name, moved, "key").known_hosts.read_text() != before


def test_a_plan_tells_what_its_look_lacks_and_goes_on(own_state: Path) -> None:
    def plan() -> Any:
        wanted_files()
        return nothing("all there")

    [row, later] = planned(
        [
            Step("hotplug", "prepare_host", "server", plan),
            Step("domu", "create_domu", "server", plan, ("hotplug",)),
        ]
    )
    assert (row.state, row.actions) == ("after", ())
    assert row.reason == "known once the program of hotplug.c is made"
    assert (later.state, later.reason) == ("after", "known after hotplug")


def test_what_always_runs_or_is_not_known_does_not_count_as_being_as_it_should() -> None:
    def proves() -> Plan:
        return Plan("nothing was proved yet", (Action("ask every application", lambda: None),))

    def lacks() -> Plan:
        raise NotMadeYet("an engine")

    steps = [
        Step("proof", "deploy_all", "server", proves, always=True),
        Step("image", "compose_up", "server", lacks),
        Step("bridge", "prepare_host", "server", lambda: nothing("there")),
    ]
    assert counted(planned(steps[:1])) == (
        "0 steps would change something, 1 would run in any case, 0 are as they should be. "
        "Nothing was touched."
    )
    assert counted(planned(steps)) == (
        "0 steps would change something, 1 would run in any case, 1 are not known yet, "
        "1 are as they should be. Nothing was touched."
    )
