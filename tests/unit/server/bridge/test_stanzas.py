"""ifupdown's files: the card's stanza becomes the bridge's, and nothing else of them differs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.model import Environment
from errors import EposVirtError
from tasks.server.configuration import LINKS, read_configuration
from tasks.server.interfaces import (
    INTERFACES,
    bridged,
    listing,
    read_files,
    upon,
)
from tasks.server.stanza import parse, render

HERE = Path(__file__).parent
CASES = sorted((HERE / "stanzas").glob("*.yaml"))
INCLUDED = "/etc/network/interfaces.d/lan"


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_only_the_bridged_cards_stanza_differs(case: Path, environment: Environment) -> None:
    told = yaml.safe_load(case.read_text())
    assert render(parse(told["have"])) == told["have"]
    after = bridged({INTERFACES: told["have"]}, environment.network)
    assert after[INTERFACES] == told["want"]
    assert bridged(after, environment.network) == after


def test_the_file_that_has_the_card_is_changed_and_no_other(environment: Environment) -> None:
    main = f"source {INCLUDED}\nauto lo\niface lo inet loopback\n"
    files = {INTERFACES: main, INCLUDED: "auto enp3s0\niface enp3s0 inet dhcp\n"}
    after = bridged(files, environment.network)
    assert after[INTERFACES] == main
    assert "iface xenbr0 inet static\n" in after[INCLUDED]


def test_a_file_without_a_last_line_end_stays_readable(environment: Environment) -> None:
    after = bridged({INTERFACES: "iface enp3s0 inet manual"}, environment.network)[INTERFACES]
    assert after.startswith("iface enp3s0 inet manual\n\nauto xenbr0\n")


def test_files_are_read_with_all_that_they_name(canned: Callable[..., Any]) -> None:
    server = canned(
        {
            f"cat {INTERFACES}": "source interfaces.d/*\nsource-directory more/\n",
            "sh -c": f"{INCLUDED}\n/etc/network/more/good\n/etc/network/more/not.this\n",
            f"cat {INCLUDED}": f"source {INTERFACES}\niface enp3s0 inet dhcp\n",
            "cat /etc/network/more/good": "auto lo\n",
        }
    )
    assert list(read_files(server)) == [INTERFACES, INCLUDED, "/etc/network/more/good"]
    assert server.told[1][-2:] == ("/etc/network/interfaces.d/*", "/etc/network/more/*")


def test_debians_own_file_is_read_by_commands_known_before(canned: Callable[..., Any]) -> None:
    from tasks.server.bridge import LOOKS

    server = canned({f"cat {INTERFACES}": "source /etc/network/interfaces.d/*\n", "sh -c": ""})
    read_files(server)
    assert set(server.told) <= set(LOOKS)
    assert listing("/etc/network/interfaces.d/*") in server.told


def test_what_stands_upon_a_card_is_named() -> None:
    text = "iface a:1 inet dhcp\niface a.7 inet dhcp\niface ab inet dhcp\niface a inet dhcp\n"
    text += (
        "iface lan7 inet dhcp\n\tvlan_raw_device a\niface vlan8 inet dhcp\n vlan-raw-device ab\n"
    )
    assert upon({INTERFACES: text}, "a") == ["a:1", "a.7", "lan7"]


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("iface enp3s0 inet manual\niface br0 inet dhcp\n    bridge_ports none enp3s0\n", "br0"),
        ("iface enp3s0 inet manual\niface br0 inet dhcp\n    bridge-ports all\n", "br0"),
        ("iface enp3s0 inet manual\niface br0 inet dhcp\n  bridge_ports regex en.*\n", "br0"),
        ("iface enp3s0 inet manual\niface br0 inet6 auto\n\tbridge_ports\tenp3s0\n", "br0"),
        ("iface enp3s0 inet manual\niface bond0 inet dhcp\n bond-slaves a \\\n enp3s0\n", "bond0"),
        ("iface enp3s0 inet manual\niface bond0 inet dhcp\n    slaves a enp3s0\n", "bond0"),
        ("iface enp3s0 inet manual\n    bond-master bond0\niface bond0 inet dhcp\n", "bond0"),
    ],
    ids=["none before it", "all", "regex", "inet6 and tabs", "bond", "slaves", "bond-master"],
)
def test_a_card_that_is_part_of_something_stays_there(
    canned: Callable[..., Any], environment: Environment, text: str, owner: str
) -> None:
    with pytest.raises(EposVirtError, match=f"the port of another bridge or bond, {owner}"):
        read_configuration(canned({f"cat {INTERFACES}": text}), environment.network)


@pytest.mark.parametrize(
    "ports", ["regex e.*", "all", "regex ( enp3s0", "none enp3s0 eno2", "regex a.* e.*"]
)
def test_the_ports_of_our_own_bridge_stay_as_they_are_written(
    environment: Environment, ports: str
) -> None:
    text = f"auto xenbr0\niface xenbr0 inet static\n    bridge_ports {ports}\n"
    text += "    address 10.0.7.100\n    netmask 255.255.255.0\n    gateway 10.0.7.1\n"
    assert bridged({INTERFACES: text}, environment.network)[INTERFACES] == text


@pytest.mark.parametrize(
    "head", ["iface enp3s0 inherits lan", "iface enp3s0 inet static inherits lan"]
)
def test_what_is_inherited_is_not_followed_and_told(
    canned: Callable[..., Any], environment: Environment, head: str
) -> None:
    text = f"iface lan inet static\n    mtu 9000\n{head}\n    address 10.0.7.100/24\n"
    with pytest.raises(EposVirtError, match="said elsewhere as well") as error:
        read_configuration(canned({f"cat {INTERFACES}": text}), environment.network)
    assert head in error.value.seen


def test_several_patterns_of_one_line_are_read(canned: Callable[..., Any]) -> None:
    server = canned(
        {
            f"cat {INTERFACES}": "source a b/*\n# source never \\\nsource-directory c d/\n",
            "sh -c": "",
        }
    )
    assert list(read_files(server)) == [INTERFACES]
    folder = "/etc/network"
    assert server.told[1][-4:] == (f"{folder}/a", f"{folder}/b/*", f"{folder}/c/*", f"{folder}/d/*")


def test_the_port_of_another_bridge_is_not_taken_from_it(
    canned: Callable[..., Any], environment: Environment
) -> None:
    text = "iface enp3s0 inet manual\niface br0 inet dhcp\n    bridge_ports enp3s0\n"
    server = canned({f"cat {INTERFACES}": text})
    with pytest.raises(
        EposVirtError, match="enp3s0 of server is the port of another bridge or bond, br0"
    ):
        read_configuration(server, environment.network)


@pytest.mark.parametrize(
    ("active", "seen", "remedy"),
    [
        ("active\ninactive\ninactive\n", "NetworkManager does", "nmcli device set enp3s0 managed"),
        ("inactive\ninactive\nactive\n", "dhcpcd does", "denyinterfaces enp3s0"),
        ("inactive\ninactive\ninactive\n", "nobody whom", "describe enp3s0"),
    ],
)
def test_who_else_configures_the_card_is_named(
    canned: Callable[..., Any], environment: Environment, active: str, seen: str, remedy: str
) -> None:
    server = canned(
        {
            "cat": (1, ""),
            "test -e": (1, ""),
            " ".join(LINKS): (HERE / "real" / "links_before_the_bridge.json").read_text(),
            "systemctl is-active": (3, active),
        }
    )
    with pytest.raises(EposVirtError, match="neither by ifupdown nor by systemd-networkd") as error:
        read_configuration(server, environment.network)
    assert seen in error.value.seen
    assert remedy in error.value.remedy
    assert server.written == {}


def test_passwords_of_wireless_networks_are_not_shown(
    canned: Callable[..., Any], environment: Environment
) -> None:
    text = "iface enp3s0 inet dhcp\n    wpa-psk canary word\n    wireless-key1 canary\n"
    files = read_configuration(canned({f"cat {INTERFACES}": text}), environment.network)
    assert "wpa-psk ***" in files.difference()
    assert "canary" not in files.difference()
