"""The packet filter on a bridge of this machine's kernel: what passes, what is dropped.

Real nft, real connections, frames as an attacker makes them; see bridge_of_tests.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from blocks.connection import CommandFailed, Connection, Result, SshTarget
from deployments.load import load_environment
from deployments.model import Environment
from errors import EposVirtError
from tasks.comparing.copies import with_copies
from tasks.compiled import compiled
from tasks.container.compose_file import mac_address
from tasks.guest.description import mac_of
from tasks.packet_filter import filter as filtering
from tasks.packet_filter.cards import rename_card
from tasks.packet_filter.filter import (
    LOADED,
    NONE,
    Filter,
    load_filter,
    read_filter,
    remove_filter,
    unit_file,
    wanted_filter,
)
from tasks.packet_filter.rules import table_name
from tasks.server.hotplug import FILES, OPTIONS
from tests.needs import program
from tests.system.engine.bridge_of_tests import (
    ARP,
    IP,
    PREFIX,
    VLAN,
    arrives,
    attach,
    attach_container,
    bridge,
    connect,
    datagram,
    flush,
    frame,
    hearing,
    is_kept_from,
    listen,
    nft,
    reaches,
    says,
    send,
    server_cards,
    start,
    stays_away,
    stop,
)
from tests.system.lab_of_tests import ROOT
from tests.unit.server.xenstore_of_tests import BACKEND, Store

SERVER, LAN, GATEWAY, DNS = "10.0.7.100", "10.0.7.9", "10.0.7.1", "10.0.7.3"
DOMU, DATABASE, FWSS, INDEXGD, RUNQC = (f"10.0.7.{n}" for n in (200, 201, 203, 210, 211))
STRANGER = "10.0.7.77"  # another's guest on the same bridge
LAN_CARD, STRANGERS_CARD = "52:54:00:00:00:09", "00:16:3e:00:07:4d"
OTHERS_TABLE = "table bridge theirs {\n\tchain mine {\n\t\tether type arp accept\n\t}\n}\n"
SSH, ELSEWHERE = 22, 9999
IPV6, EMPTY_IPV6 = 0x86DD, bytes.fromhex("60000000 0000 3b 40") + bytes(32)


def mac(address: str) -> str:
    """Give the hardware address of a guest."""
    return mac_of(IPv4Address(address))


def container_mac(address: str) -> str:
    """Give the hardware address of a container."""
    return mac_address(IPv4Address(address))


KEPT_FROM = [
    *((who, SERVER, SSH) for who in ("domu", "fwss", "indexgd", "runqc")),
    ("indexgd", SERVER, ELSEWHERE),
    ("indexgd", DATABASE, 5432),  # which it does not use
    ("indexgd", RUNQC, 4000),
    ("indexgd", FWSS, ELSEWHERE),  # another port of what it uses
    ("indexgd", DOMU, SSH),
    ("fwss", INDEXGD, 4000),  # who is used does not use
    ("domu", INDEXGD, 4000),
    ("lan", DOMU, SSH),
    ("lan", FWSS, ELSEWHERE),
    ("lan", INDEXGD, ELSEWHERE),
    ("stranger", INDEXGD, ELSEWHERE),
]
SPOOFED = {
    "another's address": frame(mac(INDEXGD), IP, datagram(FWSS, LAN)),
    "the gateway's address": frame(mac(INDEXGD), IP, datagram(GATEWAY, LAN)),
    "the server's address": frame(mac(INDEXGD), IP, datagram(SERVER, LAN)),
    "another's card": frame(mac(RUNQC), IP, datagram(INDEXGD, LAN)),
    "another's card and address": frame(mac(RUNQC), IP, datagram(RUNQC, LAN)),
    "nobody's card": frame("02:00:00:00:00:01", IP, datagram(INDEXGD, LAN)),
    "ARP for the gateway": frame(mac(INDEXGD), ARP, says(mac(INDEXGD), GATEWAY, LAN)),
    "ARP for another": frame(mac(INDEXGD), ARP, says(mac(INDEXGD), FWSS, LAN)),
    "ARP that names another's card": frame(mac(INDEXGD), ARP, says(mac(RUNQC), INDEXGD, LAN)),
    "IPv6": frame(mac(INDEXGD), IPV6, EMPTY_IPV6),
    "for a VLAN": frame(mac(INDEXGD), VLAN, b"\0\7\x08\0" + datagram(INDEXGD, LAN)),
}


@pytest.fixture(scope="module")
def lab() -> Environment:
    return load_environment(ROOT / "deployments" / "lab.yaml")


@pytest.fixture(scope="module")
def neighbours() -> Iterator[None]:
    """Promise the server, the LAN, a domU with two containers, two unikernels and a stranger."""
    with bridge():
        attach("lan", "enp3s0", LAN_CARD, LAN, GATEWAY, DNS)
        attach("domu", "vif0007c8.1", mac(DOMU), DOMU)
        attach_container("database", "domu", container_mac(DATABASE), DATABASE)
        attach_container("fwss", "domu", container_mac(FWSS), FWSS)
        attach("indexgd", "vif0007d2.2", mac(INDEXGD), INDEXGD)
        attach("runqc", "vif0007d3.3", mac(RUNQC), RUNQC)
        attach("stranger", "vif4.0", STRANGERS_CARD, STRANGER)
        kept = [
            *listen("server", [SSH, ELSEWHERE]),
            *listen("lan", [80, SSH, 3128]),
            *listen("domu", [SSH]),
            *listen("database", [5432, ELSEWHERE]),
            *listen("fwss", [5555, ELSEWHERE]),
            *listen("indexgd", [4000, ELSEWHERE]),
            *listen("runqc", [4000]),
            *listen("stranger", [SSH]),
        ]
        yield
        for one in kept:
            one.close()


@pytest.fixture(scope="module")
def unfiltered(neighbours: None) -> None:
    """Promise that without a filter all of it arrives: else what is below would prove nothing."""
    for who, address, port in KEPT_FROM:
        assert reaches(who, address, port), (who, address, port)
    for why, sent in SPOOFED.items():
        with hearing("lan") as lan:
            send("indexgd", sent)
            assert arrives(lan, sent), why
    flush()


@pytest.fixture(scope="module")
def filtered(unfiltered: None, lab: Environment) -> None:
    """Promise the environment's rules loaded, beside a table of somebody else's."""
    nft("--file", "-", rules=OTHERS_TABLE)
    nft("--file", "-", rules=wanted_filter(lab).rules)


@pytest.mark.parametrize(
    ("who", "address", "port"),
    [
        ("indexgd", FWSS, 5555),  # as its description's `uses` says
        ("runqc", FWSS, 5555),
        ("lan", FWSS, 5555),
        ("lan", DATABASE, 5432),
        ("lan", INDEXGD, 4000),
        ("stranger", INDEXGD, 4000),  # to this environment it is a machine of the LAN
        ("server", DOMU, SSH),
        ("server", FWSS, 5555),
        ("server", INDEXGD, ELSEWHERE),
        ("lan", SERVER, SSH),
        ("stranger", SERVER, SSH),  # of others' guests nothing is decided
        ("database", FWSS, 5555),  # inside one domU, where the server sees nothing
        ("domu", GATEWAY, 80),
        ("domu", DNS, 3128),
        ("fwss", GATEWAY, 80),
        ("indexgd", LAN, SSH),
    ],
)
def test_who_may_talk(filtered: None, who: str, address: str, port: int) -> None:
    assert reaches(who, address, port)


@pytest.mark.parametrize(("who", "address", "port"), KEPT_FROM)
def test_who_may_not(filtered: None, who: str, address: str, port: int) -> None:
    assert is_kept_from(who, address, port)


def test_answers_pass_both_ways(filtered: None) -> None:
    for who, address, port in (("server", FWSS, 5557), ("indexgd", GATEWAY, 5558)):
        [there] = listen("fwss" if address == FWSS else "lan", [port])
        with there:
            asking = connect(who, address, port)
            answering, _ = there.accept()
            with asking, answering:
                asking.sendall(b"question")
                assert answering.recv(64) == b"question"
                answering.sendall(b"answer" * 2000)
                assert asking.recv(6, 0) == b"answer"


def test_a_connection_that_is_open_outlives_that_rules_are_loaded_anew(
    filtered: None, lab: Environment
) -> None:
    [there] = listen("fwss", [5559])
    with there:
        asking = connect("server", FWSS, 5559)
        answering, _ = there.accept()
        nft("--file", "-", rules=wanted_filter(lab).rules)
        with asking, answering:
            answering.sendall(b"still here")
            assert asking.recv(64) == b"still here"


@pytest.mark.parametrize("sent", SPOOFED.values(), ids=SPOOFED)
def test_a_guest_sends_under_no_name_but_its_own(filtered: None, sent: bytes) -> None:
    with hearing("lan") as lan, hearing("server", "xenbr0") as server:
        send("indexgd", sent)
        assert stays_away(lan, sent)
        assert stays_away(server, sent)


@pytest.mark.parametrize(
    "sent",
    [
        frame(mac(INDEXGD), IP, datagram(INDEXGD, LAN)),
        frame(mac(INDEXGD), ARP, says(mac(INDEXGD), INDEXGD, LAN)),
        frame(mac(INDEXGD), ARP, says(mac(INDEXGD), "0.0.0.0", INDEXGD)),
    ],
    ids=["datagram", "ARP", "whether its address is free"],
)
def test_a_guest_sends_under_its_own_name(filtered: None, sent: bytes) -> None:
    with hearing("lan") as lan:
        send("indexgd", sent)
        assert arrives(lan, sent)


@pytest.mark.parametrize("who", ["lan", "stranger"])
@pytest.mark.parametrize(
    "sent",
    [
        frame(LAN_CARD, IP, datagram(FWSS, INDEXGD, ports=(123, 9))),
        frame(LAN_CARD, ARP, says(LAN_CARD, FWSS, INDEXGD)),
        frame(container_mac(FWSS), ARP, says(container_mac(FWSS), FWSS, INDEXGD)),
    ],
    ids=["IP", "ARP", "card"],
)
def test_nobody_else_takes_a_guest_s_name(filtered: None, who: str, sent: bytes) -> None:
    with hearing("indexgd") as guest:
        send(who, sent)
        assert stays_away(guest, sent)


@pytest.mark.parametrize(
    ("sent", "passes"),
    [
        (frame(LAN_CARD, IP, datagram(DNS, INDEXGD, ports=(53, 4321)), mac(INDEXGD)), True),
        (frame(LAN_CARD, IP, datagram(LAN, INDEXGD, ports=(53, 4321)), mac(INDEXGD)), False),
        (frame(LAN_CARD, IP, datagram(LAN, INDEXGD, ports=(123, 123)), mac(INDEXGD)), True),
        (frame(LAN_CARD, IP, datagram(LAN, INDEXGD, ports=(9, 9)), mac(INDEXGD)), False),
        (frame(LAN_CARD, IPV6, EMPTY_IPV6, mac(INDEXGD)), False),
    ],
    ids=["a name's answer", "whoever says so", "the time", "any datagram", "IPv6"],
)
def test_of_datagrams_only_answers_come_in(filtered: None, sent: bytes, passes: bool) -> None:
    with hearing("indexgd") as guest:
        send("lan", sent)
        assert arrives(guest, sent) if passes else stays_away(guest, sent)


def test_a_guest_that_is_started_again_is_under_the_filter_at_once(filtered: None) -> None:
    stop("vif0007d3.3")
    start("runqc", "vif0007d3.29", mac(RUNQC), RUNQC)
    assert reaches("runqc", FWSS, 5555)
    assert is_kept_from("runqc", SERVER, SSH)


def test_what_is_another_s_stays_as_it_was(filtered: None, lab: Environment) -> None:
    nft("--file", "-", rules=wanted_filter(lab).rules)
    other = lab.model_copy(update={"name": "lab-2"})
    nft("--file", "-", rules=wanted_filter(other).rules)
    nft("delete", "table", "bridge", table_name("lab-2"))
    assert nft("list", "table", "bridge", "theirs") == OTHERS_TABLE
    assert is_kept_from("indexgd", SERVER, SSH)


def test_nft_takes_the_rules_of_any_environment(neighbours: None, lab: Environment) -> None:
    alone = lab.model_copy(update={"domus": (), "applications": ()})
    server = lab.network.address.ip
    routed = lab.domus[0].model_copy(update={"gateway": server, "dns": (server,)})
    for environment in (
        alone,
        lab.model_copy(update={"domus": (routed,)}),
        with_copies(lab, "FWSS", ("vm", "container", "unikernel"))[0],
    ):
        nft("--check", "--file", "-", rules=wanted_filter(environment).rules)


class Server(Connection):
    """The server of the namespaces: its commands are run there, as SSH would run them."""

    def __init__(self, programs: Path) -> None:
        nowhere = Path("/nonexistent")
        super().__init__(SshTarget("server", SERVER, 22, "root", nowhere, nowhere))
        self.path = f"{programs}:{os.environ['PATH']}"

    def run(self, *argv: str, stdin: Any = b"", accept: Any = None, **rest: Any) -> Result:
        command = ["ip", "netns", "exec", f"{PREFIX}server", *argv]
        text = stdin if isinstance(stdin, str) else stdin.decode()
        environment = os.environ | {"PATH": self.path}
        done = subprocess.run(
            command, input=text, env=environment, capture_output=True, text=True, check=False
        )
        result = Result(argv, done.returncode, done.stdout, done.stderr)
        if accept is not None and result.status not in accept:
            raise CommandFailed(self.name, result)
        return result


# What this machine's PID 1 does not do: it starts, reloads and stops units as systemd would.
SYSTEMCTL = """#!/bin/sh
verb=$1; for unit in "$@"; do :; done
file=UNITS/$unit; link=UNITS/enabled-$unit
does() { sed -n "s/^$1=-\\?//p" "$file" | sh; }
case $verb in
    is-enabled) test -e "$link" ;;
    enable) touch "$link" ;;
    reload-or-restart) does ExecReload ;;
    disable) [ -e "$file" ] && does ExecStop; rm -f "$link" ;;
esac
"""


@pytest.fixture
def server(neighbours: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    units = tmp_path / "units"
    units.mkdir()
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "systemctl").write_text(SYSTEMCTL.replace("UNITS", str(units)))
    (programs / "systemctl").chmod(0o755)
    monkeypatch.setattr(filtering, "FOLDER", str(tmp_path / "filter"))
    monkeypatch.setattr(filtering, "UNITS", str(units))
    monkeypatch.setattr(filtering, "require_names", lambda _server: None)  # /etc/xen is not ours
    return Server(programs)


def test_it_is_loaded_seen_to_differ_and_removed_without_a_trace(
    server: Server, lab: Environment, tmp_path: Path
) -> None:
    remove_filter(server, lab.name)
    others = nft("list", "ruleset")
    assert read_filter(server, lab.name) == NONE
    want = wanted_filter(lab)
    load_filter(server, lab.name, want)
    assert read_filter(server, lab.name) == want
    nft("add", "element", "bridge", table_name(lab.name), "ports", "{ 10.0.7.200 . 22 }")
    assert read_filter(server, lab.name).table == filtering.OTHERWISE
    load_filter(server, lab.name, want)
    assert read_filter(server, lab.name).table == LOADED
    with pytest.raises(CommandFailed):
        load_filter(server, lab.name, Filter(True, LOADED, want.rules + "nonsense", want.unit))
    assert read_filter(server, lab.name) == want, "what nft refuses leaves what was there"
    remove_filter(server, lab.name)
    assert read_filter(server, lab.name) == NONE
    assert nft("list", "ruleset") == others
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["systemctl"]
    remove_filter(server, lab.name)  # a killed removal is finished by the next


def test_a_card_that_xen_named_is_renamed_while_its_guest_runs(server: Server) -> None:
    rename_card(server, "vif4.0", "vif00074d.4")
    assert reaches("lan", STRANGER, SSH)
    rename_card(server, "vif00074d.4", "vif4.0")
    with pytest.raises(EposVirtError, match="could not be renamed"):
        rename_card(server, "vif4.0", "vif0007c8.1")  # another has that name
    assert reaches("lan", STRANGER, SSH), "it is up again"


def test_the_hotplug_program_names_a_card_after_its_guest_s_address(
    neighbours: None, tmp_path: Path
) -> None:
    attach("started", "vif7.0", mac("10.0.7.78"), "10.0.7.78")
    [listening] = listen("started", [SSH])
    store = Store(tmp_path / "socket")
    store.update({"mac": mac("10.0.7.78"), "bridge": "xenbr0", "frontend-id": "7"})
    there = tmp_path / "vif-epos"
    there.symlink_to(compiled(FILES / "hotplug.c", *OPTIONS))
    told = {"XENSTORED_PATH": str(tmp_path / "socket"), "XENBUS_PATH": BACKEND, "vif": "vif7.0"}
    command = ["ip", "netns", "exec", f"{PREFIX}server", str(there), "online"]
    for _ in range(2):  # libxl may ask for it twice
        subprocess.run(command, env=os.environ | told, check=True)
        assert store["hotplug-status"] == "connected"
        assert reaches("server", "10.0.7.78", SSH)
    store.close()
    listening.close()
    assert "vif00074e.7" in server_cards()


def test_the_unit_is_one_that_systemd_takes(lab: Environment, tmp_path: Path) -> None:
    unit = tmp_path / Path(unit_file(lab.name)).name
    unit.write_text(wanted_filter(lab).unit)
    verify = [program("systemd-analyze", package="systemd"), "verify", "--man=no", str(unit)]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if unit.name in line] == []
