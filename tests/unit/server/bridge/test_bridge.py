"""The server's bridge: what differs is seen, and what is as in listing 4.1 is left alone."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.model import Environment, Network
from errors import EposVirtError
from tasks.server.bridge import bridge_step, plan_bridge, read_addresses, read_ports
from tasks.server.configuration import CardConfiguration
from tasks.server.interfaces import INTERFACES, bridged

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.yaml"))
LISTING = (HERE / "listing_4_1.txt").read_text()
LINKS, ADDRESSES = "ip -j link show", "ip -j -4 address show"


def real(name: str) -> str:
    return (HERE / "real" / name).read_text()


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_what_differs_is_told(case: Path, environment: Environment) -> None:
    told = yaml.safe_load(case.read_text())
    network = Network.model_validate({"gateway": "10.0.7.1", "dns": ["10.0.7.3"]} | told["want"])
    have = told["have"]
    file = {"ours": LISTING, "other": "iface enp3s0 inet dhcp\n"}[have["file"]]
    files = CardConfiguration("ifupdown", {INTERFACES: file}, bridged({INTERFACES: file}, network))
    addresses = {k: [IPv4Interface(a) for a in v] for k, v in have["addresses"].items()}
    assert plan_bridge(files, have["ports"], addresses, network) == told["reasons"]


def test_ports_and_addresses_are_read_from_a_plain_debian(canned: Callable[..., Any]) -> None:
    server = canned(
        {
            LINKS: real("links_before_the_bridge.json"),
            ADDRESSES: real("addresses_before_the_bridge.json"),
        }
    )
    assert read_ports(server) == {}
    assert read_addresses(server) == {
        "lo": [IPv4Interface("127.0.0.1/8")],
        "enp3s0": [IPv4Interface("10.0.7.100/24")],
    }


def test_ports_and_addresses_are_read_from_a_server_with_the_bridge(
    canned: Callable[..., Any],
) -> None:
    server = canned(
        {
            LINKS: real("links_with_the_bridge.json"),
            ADDRESSES: real("addresses_with_the_bridge.json"),
        }
    )
    assert read_ports(server) == {"enp3s0": "xenbr0", "vif1.0": "xenbr0"}
    assert read_addresses(server)["xenbr0"] == [IPv4Interface("10.0.7.100/24")]


class Machines:
    """The connections of a run whose server is canned."""

    def __init__(self, server: Any) -> None:
        self.server = server


def test_a_plan_only_reads(canned: Callable[..., Any], environment: Environment) -> None:
    server = canned(
        {
            f"cat {INTERFACES}": real("interfaces_of_a_plain_debian.txt"),
            LINKS: real("links_before_the_bridge.json"),
            ADDRESSES: real("addresses_before_the_bridge.json"),
            "sh -c": "",
        }
    )
    machines: Any = Machines(server)
    plan = bridge_step(environment.network, machines, ()).plan()
    assert len(plan.actions) == 1
    assert "back after 120 s" in plan.actions[0].what
    assert "-iface enp3s0 inet static\n+iface enp3s0 inet manual\n" in plan.actions[0].detail
    assert server.written == {}
    assert {argv[0] for argv in server.told} == {"cat", "ip", "sh"}


def test_a_server_with_the_bridge_is_left_alone(
    canned: Callable[..., Any], environment: Environment
) -> None:
    server = canned(
        {
            f"cat {INTERFACES}": LISTING,
            LINKS: real("links_with_the_bridge.json"),
            ADDRESSES: real("addresses_with_the_bridge.json"),
            "sh -c": "",
        }
    )
    machines: Any = Machines(server)
    plan = bridge_step(environment.network, machines, ()).plan()
    assert plan.actions == ()
    assert plan.reason == "xenbr0 on enp3s0 has 10.0.7.100/24"


def test_a_card_that_the_server_lacks_is_told_with_those_it_has(
    canned: Callable[..., Any], environment: Environment
) -> None:
    nothing = {"cat": (1, ""), "test -e": (1, "")}
    server = canned({LINKS: real("links_before_the_bridge.json"), **nothing})
    network = environment.network.model_copy(update={"interface": "eth7"})
    machines: Any = Machines(server)
    with pytest.raises(EposVirtError) as error:
        bridge_step(network, machines, ()).plan()
    assert "no network card eth7" in error.value.what
    assert error.value.seen == "it has enp3s0"
    assert server.written == {}
