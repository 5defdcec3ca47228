"""The server's bridge: what differs is seen, the file is listing 4.1's, nobody is locked out."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.model import Environment, Network
from errors import EposVirtError
from tasks.server.bridge import (
    APPLY_SCRIPT,
    BEFORE,
    FALLBACK,
    INTERFACES,
    RESTORE,
    RESTORE_SCRIPT,
    bridge_step,
    check_interface,
    interfaces_file,
    plan_bridge,
    read_addresses,
    read_ports,
    switch_network,
)

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.yaml"))
LINKS, ADDRESSES = "ip -j link show", "ip -j -4 address show"


def real(name: str) -> str:
    return (HERE / "real" / name).read_text()


def bare(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_file_is_that_of_listing_4_1(environment: Environment) -> None:
    written = interfaces_file(environment.network)
    assert bare(written) == bare((HERE / "listing_4_1.txt").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_what_differs_is_told(case: Path, environment: Environment) -> None:
    told = yaml.safe_load(case.read_text())
    network = Network.model_validate({"gateway": "10.0.7.1", "dns": ["10.0.7.3"]} | told["want"])
    have = told["have"]
    file = {"ours": interfaces_file(network), "other": "auto lo\n", None: None}[have["file"]]
    addresses = {k: [IPv4Interface(a) for a in v] for k, v in have["addresses"].items()}
    assert plan_bridge(file, have["ports"], addresses, network) == told["reasons"]


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
        }
    )
    machines: Any = Machines(server)
    plan = bridge_step(environment.network, machines, ()).plan()
    assert len(plan.actions) == 1
    assert "back after 120 s" in plan.actions[0].what
    assert server.written == {}
    assert {argv[0] for argv in server.told} == {"cat", "ip"}


def test_a_server_with_the_bridge_is_left_alone(
    canned: Callable[..., Any], environment: Environment
) -> None:
    server = canned(
        {
            f"cat {INTERFACES}": interfaces_file(environment.network),
            LINKS: real("links_with_the_bridge.json"),
            ADDRESSES: real("addresses_with_the_bridge.json"),
        }
    )
    machines: Any = Machines(server)
    plan = bridge_step(environment.network, machines, ()).plan()
    assert plan.actions == ()
    assert plan.reason == "xenbr0 on enp3s0 has 10.0.7.100/24"


def test_a_card_that_the_server_lacks_is_refused_before_anything_is_written(
    canned: Callable[..., Any], environment: Environment
) -> None:
    server = canned({LINKS: real("links_before_the_bridge.json")})
    network = environment.network.model_copy(update={"interface": "eth7"})
    with pytest.raises(EposVirtError) as error:
        switch_network(server, network)
    assert "no network card eth7" in error.value.what
    assert error.value.seen == "it has enp3s0"
    assert server.written == {}
    assert len(server.told) == 1


def test_a_card_that_is_there_is_accepted(canned: Callable[..., Any]) -> None:
    check_interface(canned({LINKS: real("links_before_the_bridge.json")}), "enp3s0")


def test_the_fall_back_is_armed_before_the_switch_and_ended_after_its_proof(
    canned: Callable[..., Any], environment: Environment
) -> None:
    server = canned(
        {
            LINKS: real("links_with_the_bridge.json"),
            ADDRESSES: real("addresses_with_the_bridge.json"),
            f"cat {BEFORE}": (1, ""),
            f"test -e {BEFORE}": (1, ""),
            "": "",
        }
    )
    switch_network(server, environment.network)
    told = [" ".join(argv) for argv in server.told]
    saved = told.index(f"cp -a {INTERFACES} {BEFORE}")
    (armed,) = [n for n, command in enumerate(told) if RESTORE in command]
    (applied,) = [n for n, command in enumerate(told) if "--no-block" in command]
    assert saved < armed < applied < told.index("true")
    assert told[-1] == f"systemctl stop {FALLBACK}.timer"


def test_the_first_copy_of_the_old_configuration_is_kept(
    canned: Callable[..., Any], environment: Environment
) -> None:
    server = canned(
        {
            LINKS: real("links_with_the_bridge.json"),
            ADDRESSES: real("addresses_with_the_bridge.json"),
            f"cat {BEFORE}": real("interfaces_of_a_plain_debian.txt"),
            "": "",
        }
    )
    switch_network(server, environment.network)
    assert not [argv for argv in server.told if argv[0] == "cp"]


def test_the_scripts_take_down_what_they_replace() -> None:
    for script in (APPLY_SCRIPT, RESTORE_SCRIPT):
        assert script.index("ifdown --all") < script.index("cp ") < script.index("ifup --all")
    assert f"cp {BEFORE} {INTERFACES}" in RESTORE_SCRIPT
