"""The packet filter's step: what differs is told and shown before anything is done about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from deployments.model import Environment
from errors import EposVirtError
from runs.step import Plan
from tasks.content import file_key
from tasks.packet_filter.cards import misnamed_cards
from tasks.packet_filter.filter import (
    ABSENT,
    NONE,
    OTHERWISE,
    Filter,
    filter_step,
    no_filter_step,
    plan_filter,
    rules_file,
    unit_file,
    wanted_filter,
)
from tasks.server.hotplug import VIF_SCRIPT, wanted_files

LINKS = json.dumps([{"ifname": "vif0007c8.1", "master": "xenbr0"}, {"ifname": "lo"}])
OLD_LINKS = json.dumps(
    [{"ifname": f"vif{n}.0", "master": bridge} for n, bridge in ((3, "xenbr0"), (4, "xenbr0"))]
)


def looked(have: Filter) -> str:
    return "\0".join(("enabled" if have.enabled else "", have.table, have.rules, have.unit))


Machines = Callable[..., Any]


@pytest.fixture
def machines(canned: Callable[..., Any]) -> Machines:
    def made(have: Filter, links: str = LINKS, guests: tuple[Any, ...] = ()) -> Any:
        done = dict.fromkeys(("nft", "systemctl", "rm", "rmdir", "ip -force"), "")
        server = canned({"sh -c": looked(have), "ip -j link": links, **done})
        return SimpleNamespace(
            server=server, hypervisor=lambda: SimpleNamespace(listAllDomains=lambda: guests)
        )

    return made


def planned(environment: Environment, there: Any) -> Plan:
    return filter_step(environment, there, ["hypervisor"]).plan()


def test_a_server_that_has_it_is_left_alone(environment: Environment, machines: Machines) -> None:
    plan = planned(environment, machines(wanted_filter(environment)))
    assert plan.reason == "table epos-virt-lab is loaded as the environment says"
    assert plan.actions == ()


def test_a_new_server_s_plan_shows_the_whole_text_and_writes_nothing(
    environment: Environment, machines: Machines
) -> None:
    there = machines(NONE)
    [action] = planned(environment, there).actions
    assert action.what == "load /etc/epos-virt/filter/lab.nft, now and when the server boots"
    assert "+\t\t\t10.0.7.210 . 10.0.7.203 . 5555,  # indexGD to FWSS\n" in action.detail
    assert there.server.written == {}
    assert {argv[0] for argv in there.server.told} == {"sh", "ip"}


def with_program(there: Any, key: str = "") -> Any:
    key = key or file_key(wanted_files()[VIF_SCRIPT][0])
    there.server.answers_by_command["sha256sum"] = f"{key}  {VIF_SCRIPT}\n"
    return there


def test_no_rules_are_loaded_where_a_program_names_cards_as_they_do_not_know_them(
    environment: Environment, machines: Machines, own_state: object
) -> None:
    there = with_program(machines(NONE), "0" * 64)
    [action] = planned(environment, there).actions
    with pytest.raises(EposVirtError, match="names no guest's card after its address"):
        action.do()
    assert there.server.written == {}


def test_what_is_written_is_file_and_unit_and_nft_is_asked_before(
    environment: Environment, machines: Machines, own_state: object
) -> None:
    there, want = with_program(machines(NONE)), wanted_filter(environment)
    for action in planned(environment, there).actions:
        action.do()
    assert there.server.written == {rules_file("lab"): want.rules, unit_file("lab"): want.unit}
    told = [argv[:3] for argv in there.server.told if argv[0] in ("nft", "systemctl")]
    assert told == [
        ("nft", "--check", "--file"),
        ("systemctl", "daemon-reload"),
        ("systemctl", "enable", "--quiet"),
        ("systemctl", "reload-or-restart", "epos-virt-filter-lab.service"),
    ]


def test_a_change_is_shown_as_its_difference(environment: Environment, machines: Machines) -> None:
    fewer = tuple(app for app in environment.applications if app.name != "RunQC")
    have = wanted_filter(environment.model_copy(update={"applications": fewer}))
    plan = planned(environment, machines(have))
    assert plan.reason == "the rules are others"
    added = [line for line in plan.actions[0].detail.splitlines() if line.startswith("+\t\t\t10.")]
    assert added == [
        "+\t\t\t10.0.7.211,",
        "+\t\t\t10.0.7.211 . 4000,  # RunQC",
        "+\t\t\t10.0.7.211 . 10.0.7.203 . 5555,  # RunQC to FWSS",
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"table": ABSENT}, "none are loaded"),
        ({"table": OTHERWISE}, "what is loaded is not what the file says"),
        ({"enabled": False}, "they would not be loaded when the server boots"),
        ({"unit": "[Unit]\n"}, "they would not be loaded when the server boots"),
    ],
)
def test_every_difference_has_its_reason(
    environment: Environment, change: dict[str, Any], reason: str
) -> None:
    want = wanted_filter(environment)
    assert plan_filter(replace(want, **change), want) == [reason]


def test_it_can_be_left_out_and_is_removed_then(
    environment: Environment, machines: Machines
) -> None:
    network = environment.network.model_copy(update={"filter": False})
    without = environment.model_copy(update={"network": network})
    assert planned(without, machines(NONE)).actions == ()
    plan = planned(without, machines(wanted_filter(environment)))
    assert plan.reason == "the environment wants no packet filter"
    assert plan.actions[0].what.startswith("remove table epos-virt-lab, /etc/epos-virt/filter/lab")


def test_teardown_removes_what_is_there_of_it(environment: Environment, machines: Machines) -> None:
    there = machines(replace(NONE, unit="[Unit]\n"))  # of a removal that was killed
    [action] = no_filter_step(environment, there, ["guests"]).plan().actions
    action.do()
    removed = ("rm", "-f", "--", unit_file("lab"), rules_file("lab"))
    assert removed in there.server.told
    assert ("nft", "delete", "table", "bridge", "epos-virt-lab") in there.server.told
    assert no_filter_step(environment, machines(NONE), []).plan().actions == ()


class Running:
    """A guest that runs, as the hypervisor describes it."""

    def __init__(self, number: int, environment: str, hardware: str) -> None:
        self.number, self.environment, self.hardware = number, environment, hardware

    def ID(self) -> int:
        return self.number

    def isActive(self) -> bool:
        return True

    def XMLDesc(self) -> str:
        return (
            "<domain><metadata><guest xmlns='urn:epos-virt:1' "
            f"environment='{self.environment}' key='k'/></metadata><devices><interface>"
            f"<mac address='{self.hardware}'/></interface></devices></domain>"
        )


def test_cards_of_guests_that_ran_before_are_renamed_and_others_are_not(
    environment: Environment, machines: Machines
) -> None:
    guests = (Running(3, "lab", "00:16:3e:00:07:d2"), Running(4, "another", "00:16:3e:00:07:09"))
    there = machines(wanted_filter(environment), OLD_LINKS, guests)
    assert misnamed_cards(environment, there) == {"vif3.0": "vif0007d2.3"}
    plan = planned(environment, there)
    assert plan.reason == "it does not know vif3.0 of our guests"
    assert [action.what for action in plan.actions] == ["rename vif3.0 to vif0007d2.3"]


def test_the_hypervisor_is_asked_only_where_a_card_has_xen_s_name(
    environment: Environment, machines: Machines
) -> None:
    there = machines(NONE)
    there.hypervisor = None
    assert misnamed_cards(environment, there) == {}
