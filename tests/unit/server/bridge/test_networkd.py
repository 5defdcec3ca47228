"""systemd-networkd: three files of ours make the bridge, and all others stay as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.server.configuration import LINKS, read_configuration
from tasks.server.networkd import bridged, our_files, read_sections

HERE = Path(__file__).parent
LINKS_BEFORE = (HERE / "real" / "links_before_the_bridge.json").read_text()
MAC = "52:54:00:12:34:56"
LAN = "/etc/systemd/network/10-lan.network"
# As `systemd-analyze cat-config` shows a file with a drop-in.
SETTINGS = """\
# /etc/systemd/network/10-lan.network
[Match]
Name=en*

[Link]
MTUBytes=9000

[Network]
DHCP=yes
Address=10.0.9.7/24
Address=2001:db8:7::100/64
Gateway=2001:db8:7::1
Gateway=10.0.9.1
DNS=10.0.7.3
; a comment

[Route]
Destination=198.51.100.0/24
Gateway=10.0.7.9

# /etc/systemd/network/10-lan.network.d/more.conf
[Network]
VLAN=vlan7
"""


def sections(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return list(read_sections(text))


def test_the_bridge_has_what_the_card_had(environment: Environment) -> None:
    netdev, port, addresses = our_files(environment.network)
    files = bridged(environment.network, MAC, LAN, SETTINGS)
    assert sections(files[netdev])[0] == (
        "NetDev",
        ("Name=xenbr0", "Kind=bridge", f"MACAddress={MAC}"),
    )
    assert sections(files[port]) == [
        ("Match", ("Name=enp3s0",)),
        ("Link", ("MTUBytes=9000",)),
        ("Network", ("Bridge=xenbr0",)),
    ]
    assert sections(files[addresses]) == [
        ("Match", ("Name=xenbr0",)),
        ("Link", ("MTUBytes=9000",)),
        (
            "Network",
            (
                "Address=10.0.7.100/24",
                "Gateway=10.0.7.1",
                "Address=2001:db8:7::100/64",
                "Gateway=2001:db8:7::1",
                "DNS=10.0.7.3",
                "VLAN=vlan7",
                "DHCP=ipv6",
            ),
        ),
        ("Route", ("Destination=198.51.100.0/24", "Gateway=10.0.7.9")),
    ]


def test_a_default_route_of_its_own_stays_the_only_one(environment: Environment) -> None:
    settings = "[Network]\nAddress=10.0.7.100/24\n[Route]\nGateway=10.0.7.1\nMetric=9\n"
    text = bridged(environment.network, MAC, LAN, settings)[our_files(environment.network)[2]]
    assert text.count("Gateway=") == 1


@pytest.fixture
def on_networkd(canned: Callable[..., Any]) -> Callable[..., Any]:
    """A server whose card networkd configures, with more files where they are given."""

    def make(files: dict[str, str] | None = None) -> Any:
        return canned(
            {
                "cat": (1, ""),
                "test -e": (1, ""),
                " ".join(LINKS): LINKS_BEFORE,
                "cat /run/systemd/netif/links/": f"ADMIN_STATE=configured\nNETWORK_FILE={LAN}\n",
                "systemd-analyze cat-config systemd/network/10-lan.network": SETTINGS,
                **{f"cat {path}": text for path, text in (files or {}).items()},
            }
        )

    return make


def test_new_files_are_planned_and_shown_as_such(
    on_networkd: Callable[..., Any], environment: Environment
) -> None:
    found = read_configuration(on_networkd(), environment.network)
    assert found.manager == "networkd"
    assert found.differing == list(our_files(environment.network))
    assert found.difference().startswith(f"--- /dev/null\n+++ {found.differing[0]}\n")


def test_a_second_time_nothing_differs_and_another_address_changes_one_file(
    on_networkd: Callable[..., Any], environment: Environment
) -> None:
    first = read_configuration(on_networkd(), environment.network)
    server = on_networkd(dict(first.want))
    assert read_configuration(server, environment.network).differing == []
    address = type(environment.network.address)("10.0.7.101/24")
    moved = environment.network.model_copy(update={"address": address})
    again = read_configuration(on_networkd(dict(first.want)), moved)
    assert again.differing == [our_files(moved)[2]]
    assert "10.0.7.100" not in again.want[our_files(moved)[2]]


@pytest.mark.parametrize(
    ("settings", "network"),
    [
        (
            "[Network]\nAddress=10.0.9.7/24\nDNS=10.0.9.1\nDNS=10.0.9.2\n"
            "[Network]\nAddress=\nDNS=\nDNS=10.0.7.3\n",
            ("Address=10.0.7.100/24", "Gateway=10.0.7.1", "DNS=10.0.7.3"),
        ),
        (
            "[Network]\n[Address]\nAddress=10.0.9.8/24\n"
            "[Network]\nAddress=\nAddress=10.0.7.100/24\n",
            ("Address=10.0.7.100/24", "Gateway=10.0.7.1"),
        ),
        (
            "[Network]\nDNS=10.0.7.3 \\\n# of the cellar\n   10.0.7.4\nAddress=\\\n10.0.9.7/24\n",
            ("Address=10.0.7.100/24", "Gateway=10.0.7.1", "DNS=10.0.7.3 10.0.7.4"),
        ),
        (
            "[Network]\nDHCP=both\nNTP=10.0.7.3\n",
            ("Address=10.0.7.100/24", "Gateway=10.0.7.1", "NTP=10.0.7.3", "DHCP=ipv6"),
        ),
    ],
    ids=["a drop-in", "sections of their own", "lines that go on", "an old word"],
)
def test_only_what_is_in_force_goes_to_the_bridge(
    environment: Environment, settings: str, network: tuple[str, ...]
) -> None:
    text = bridged(environment.network, MAC, LAN, settings)[our_files(environment.network)[2]]
    assert [lines for name, lines in sections(text) if name != "Match"] == [network]


def test_a_section_with_a_dash_is_no_part_of_the_one_before(environment: Environment) -> None:
    settings = "[Network]\nAddress=10.0.7.100/24\n[SR-IOV]\nVirtualFunction=0\n[X-Own]\nA=b\n"
    files = bridged(environment.network, MAC, LAN, settings)
    _, port, addresses = our_files(environment.network)
    assert sections(files[port])[-1] == ("SR-IOV", ("VirtualFunction=0",))
    assert sections(files[addresses])[1:] == [
        ("Network", ("Address=10.0.7.100/24", "Gateway=10.0.7.1")),
        ("X-Own", ("A=b",)),
    ]
    again = bridged(environment.network, MAC, LAN, files[port] + files[addresses])
    assert again == files


@pytest.mark.parametrize(("table", "routes"), [("Table=100", 2), ("Table=main", 1), ("", 1)])
def test_a_route_of_another_table_is_not_the_default_route(
    environment: Environment, table: str, routes: int
) -> None:
    settings = f"[Network]\nAddress=10.0.7.100/24\n[Route]\nGateway=10.0.7.1\n{table}\n"
    text = bridged(environment.network, MAC, LAN, settings)[our_files(environment.network)[2]]
    assert text.count("Gateway=10.0.7.1\n") == routes


SHOWN = "systemd-analyze cat-config systemd/network/"


def test_somebodys_bridge_is_left_as_it_is(
    on_networkd: Callable[..., Any], environment: Environment
) -> None:
    server = on_networkd()
    links = (HERE / "real" / "links_with_the_bridge.json").read_text()
    index = next(one["ifindex"] for one in json.loads(links) if one["ifname"] == "xenbr0")
    state = f"cat /run/systemd/netif/links/{index}"
    server.answers_by_command |= {
        " ".join(LINKS): links,
        f"{SHOWN}10-lan.network": "[Network]\nBridge=xenbr0\n",
        state: "NETWORK_FILE=/etc/systemd/network/20-br.network\n",
        f"{SHOWN}20-br.network": "[Network]\nAddress=10.0.7.100/24\nDNS=::1\n",
    }
    assert read_configuration(server, environment.network).differing == []
    server.answers_by_command[f"{SHOWN}20-br.network"] = "[Network]\nAddress=10.0.7.99/24\n"
    with pytest.raises(EposVirtError, match=r"somebody's bridge, and has not 10\.0\.7\.100/24"):
        read_configuration(server, environment.network)


@pytest.mark.parametrize("line", ["Bridge=br7", "Bond=bond0"])
def test_a_card_that_is_part_of_something_stays_there(
    on_networkd: Callable[..., Any], environment: Environment, line: str
) -> None:
    server = on_networkd()
    server.answers_by_command[f"{SHOWN}10-lan.network"] = f"[Network]\n{line}\n"
    with pytest.raises(EposVirtError, match="the port of another bridge or bond"):
        read_configuration(server, environment.network)


def test_a_file_that_networkd_would_take_before_ours_is_told(environment: Environment) -> None:
    with pytest.raises(EposVirtError, match=r"takes /etc/x/00-lan\.network before") as error:
        bridged(environment.network, MAC, "/etc/x/00-lan.network", SETTINGS)
    assert "rename it to 10-lan.network" in error.value.remedy
