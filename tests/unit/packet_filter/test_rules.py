"""The rules of an environment: the lab's whole text, and what others' would have in it.

What they do to frames is proved in tests/system/engine/test_packet_filter.py.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from deployments.model import Environment
from errors import WrongInput
from tasks.comparing.copies import with_copies
from tasks.guest.description import card_name, mac_of
from tasks.packet_filter.places import Card, Passage, cards_of, passages_of
from tasks.packet_filter.rules import rules

GOLDEN = Path(__file__).parent / "lab.nft"


def written(environment: Environment) -> str:
    cards = cards_of(environment)
    return rules(environment, cards, passages_of(environment, cards))


def test_the_lab_s_rules_are_these(environment: Environment) -> None:
    assert written(environment) == GOLDEN.read_text()


def test_a_domu_s_card_sends_for_its_containers_and_a_unikernel_s_for_itself(
    environment: Environment,
) -> None:
    cards = {card.guest: card for card in cards_of(environment)}
    assert list(cards) == ["centos7-VM", "indexGD", "RunQC", "EPOS_Sync_System"]
    inside = {app.address for app in environment.containers}
    assert {*cards["centos7-VM"].addresses.values()} == {IPv4Address("10.0.7.200"), *inside}
    at = IPv4Address("10.0.7.211")
    assert cards["RunQC"] == Card("RunQC", "vif0007d3", {"00:16:3e:00:07:d3": at})


def test_a_card_is_named_after_what_its_hardware_address_is_made_of() -> None:
    address = IPv4Address("10.250.0.9")
    assert card_name(address) == "vif" + mac_of(address).removeprefix("00:16:3e:").replace(":", "")
    assert len(f"{card_name(address)}.32751") <= 15, "Linux allows no longer name"


def test_only_who_uses_an_application_and_the_lan_reach_it(environment: Environment) -> None:
    passages = passages_of(environment, cards_of(environment))
    fwss, rest = IPv4Address("10.0.7.203"), {app.name for app in environment.applications}
    assert [passage for passage in passages if passage.to == "FWSS"] == [
        Passage("FWSS", fwss, 5555),
        Passage("FWSS", fwss, 5555, ("indexGD", IPv4Address("10.0.7.210"))),
        Passage("FWSS", fwss, 5555, ("RunQC", IPv4Address("10.0.7.211"))),
    ]
    assert {passage.to for passage in passages if not passage.user} == rest


def test_copies_have_cards_of_their_own_and_reach_what_the_original_reaches(
    environment: Environment,
) -> None:
    beside, copies = with_copies(environment, "RunQC", ("vm", "container", "unikernel"))
    cards = cards_of(beside)
    of = {address: card.guest for card in cards for address in card.addresses.values()}
    assert [of[copy.address] for copy in copies] == [
        "compare-RunQC-vm-VM",
        "centos7-VM",
        "compare-RunQC-unikernel",
    ]
    users = [
        passage.user[0]
        for passage in passages_of(beside, cards)
        if passage.user and passage.to == "FWSS"
    ]
    # The one in FWSS' own domU passes no card of the server's.
    assert users == ["indexGD", "RunQC", copies[0].name, copies[2].name]


def test_what_a_daemon_hosts_is_taken_for_another_s(environment: Environment) -> None:
    cards = cards_of(environment, hosted=["RunQC"])
    assert "RunQC" not in [card.guest for card in cards]
    assert all(
        "RunQC" not in (passage.to, *(passage.user or ()))
        for passage in passages_of(environment, cards)
    )


def test_an_application_that_uses_nobody_s_is_told(environment: Environment) -> None:
    without = [app for app in environment.applications if app.name != "FWSS"]
    lacking = environment.model_copy(update={"applications": tuple(without)})
    with pytest.raises(WrongInput, match="uses FWSS, which is not in the environment"):
        written(lacking)


def test_guests_reach_of_the_server_what_the_environment_gives_it_to_do(
    environment: Environment,
) -> None:
    server = environment.network.address.ip
    routed = environment.domus[0].model_copy(update={"gateway": server, "dns": (server,)})
    text = written(environment.model_copy(update={"domus": (routed,)}))
    accepted = (
        f"ip daddr {server} udp dport 53",
        f"ip daddr {server} tcp dport 53",
        "ip daddr != 10.0.7.0/24",
    )
    assert "".join(f"\t\t{one} accept\n" for one in accepted) + "\t\tcounter drop\n" in text
    assert f"ip daddr {server}" not in written(environment)
