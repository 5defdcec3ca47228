"""The doctor says what would work on a server, what not and what to do; it only looks."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from blocks.connection import Connection
from blocks.ssh_config import target_of
from commands import doctor as command
from deployments.load import load_environment
from deployments.model import Environment
from tasks.doctor import network, storage, system
from tasks.doctor.doctor import examine
from tasks.doctor.finding import Finding
from tasks.server.room import Room
from tests.unit.blocks.conftest import SshServer, start

HERE = Path(__file__).parent
PROJECT = HERE.parents[2]
TRIXIE = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n'
OWN = """\
  ssh:
    host: {host}
    port: {port}
    user: {user}
    key: {key}
    known_hosts: {known_hosts}
"""


def verdicts(findings: list[Finding]) -> dict[str, str]:
    return {finding.subject: finding.verdict for finding in findings}


@pytest.fixture
def own_server(tmp_path: Path) -> Callable[..., Path]:
    """Write an environment whose server is reached by SSH."""

    def write(server: SshServer, **other: object) -> Path:
        way = dataclasses.asdict(server.target()) | {"key": server.key} | other
        text = (PROJECT / "deployments" / "lab.yaml").read_text()
        assert text.count("  lab: lab\n") == 1
        file = tmp_path / "own.yaml"
        text = text.replace("  lab: lab\n", OWN.format(**way))
        file.write_text(text.replace("../apps", str(Path("../../..") / "apps")))
        return file

    return write


@pytest.fixture
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Any:
    server = start(tmp_path_factory.mktemp("doctor"))
    yield server
    server.kill()


def examined(file: Path, **other: Any) -> list[Finding]:
    environment = load_environment(file)
    ssh = environment.server.ssh
    assert ssh
    target = dataclasses.replace(target_of("own", ssh), **other)
    connection = Connection(target)
    try:
        return list(examine(environment, connection))
    finally:
        connection.close()


def test_a_machine_that_is_its_own_server_is_told_and_not_looked_at_further(
    sshd: Any, own_server: Callable[..., Path]
) -> None:
    found = examined(own_server(sshd))
    assert verdicts(found) == {
        "address": "works",
        "SSH": "works",
        "rights": "works",
        "another machine": "fails",
        "forwarding": "works",
    }
    [own] = [finding for finding in found if finding.verdict == "fails"]
    assert "server.ssh.host" in own.remedy


@pytest.mark.parametrize(
    ("way", "subject", "seen"),
    [
        ({"user": "nobody-of-them"}, "SSH", "login of nobody-of-them with"),
        ({"port": 1}, "SSH", "no connection"),
        ({"host": "xen1.invalid"}, "address", "this machine finds no address of xen1.invalid"),
    ],
    ids=["another user", "nobody listens", "a name that nobody has"],
)
def test_a_server_that_is_not_reached_is_the_last_finding(
    sshd: Any, own_server: Callable[..., Path], way: dict[str, object], subject: str, seen: str
) -> None:
    last = examined(own_server(sshd, **way))[-1]
    assert (last.subject, last.verdict) == (subject, "fails")
    assert seen in last.seen
    assert last.remedy


def test_the_command_prints_lines_or_json_and_ends_with_1(
    sshd: Any,
    own_server: Callable[..., Path],
    own_state: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("deployments.load.check_files", lambda _environment: None)
    file = str(own_server(sshd))
    assert command.main([file]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "+ address: 127.0.0.1"
    assert any(line.startswith("x another machine: ") for line in lines)
    assert lines[-1] == "5 looked at: 1 would not work. Nothing was touched."
    assert command.main([file, "-o", "json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert {row["verdict"] for row in rows} == {"works", "fails"}
    assert not (own_state / "history.sqlite").exists()


def test_a_wrong_file_ends_with_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert command.main([str(tmp_path / "none.yaml")]) == 2
    assert "no such file" in capsys.readouterr().err


def test_a_lab_that_is_not_up_is_made_by_a_deployment(
    capsys: pytest.CaptureFixture[str], own_state: Path
) -> None:
    assert command.main([str(PROJECT / "deployments" / "lab.yaml")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("! lab: lab lab is absent: a deployment makes it")
    assert "+ memory: " in said


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (TRIXIE, "works"),
        (TRIXIE.replace("13", "12"), "works"),
        (TRIXIE.replace("13", "11"), "fails"),
        (TRIXIE.replace('"', "'").replace("ID=debian", "ID='debian'"), "works"),
        ('ID="debian"\nVERSION_ID=12\n', "works"),
        (TRIXIE.replace("ID=debian", "ID=ubuntu"), "fails"),
        ("", "fails"),
    ],
)
def test_debian_12_and_13_are_known(text: str, verdict: str) -> None:
    assert system.release(text).verdict == verdict


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("enabled\n", 1),
        ("enabled-runtime\n", 1),
        ("xendomains.service is not a native service, redirecting to ...\nenabled\n", 1),
        ("disabled\n", 0),
        ("masked\n", 0),
        ("", 0),
    ],
)
def test_what_else_starts_guests_is_told(canned: Callable[..., Any], state: str, told: int) -> None:
    assert len(list(system.autostart(canned({"systemctl is-enabled": (1, state)})))) == told


@pytest.mark.parametrize(
    ("answers", "verdict", "seen"),
    [
        ({"test -d /sys/firmware/efi": (1, "")}, "works", "GRUB (BIOS)"),
        ({}, "works", "GRUB (EFI)"),
        ({"od": "   6   0   0   0   0\n"}, "works", "GRUB (EFI)"),
        ({"od": "   6   0   0   0   1\n"}, "fails", "Secure Boot"),
        ({"test -e /boot/grub/grub.cfg": (1, "")}, "fails", "does not boot by GRUB"),
    ],
)
def test_how_a_server_boots(
    canned: Callable[..., Any], answers: dict[str, Any], verdict: str, seen: str
) -> None:
    usual: dict[str, Any] = {"test": "", "od": (1, "")}
    found = system.boot(canned(usual | answers))
    assert (found.verdict, seen in found.seen) == (verdict, True)


def test_pvh_guests_need_a_processor_that_virtualises(
    canned: Callable[..., Any], environment: Environment
) -> None:
    plain = {"uname": "x86_64\n", "test -d /proc/xen/": (1, ""), "grep": "flags : fpu lm\n"}
    assert verdicts(list(system.xen(canned(plain), environment))) == {"Xen": "works"}
    apps = tuple(
        app.model_copy(update={"type": "pvh"}) if app.technique == "unikernel" else app
        for app in environment.applications
    )
    wants = environment.model_copy(update={"applications": apps})
    found = list(system.xen(canned(plain), wants))
    assert verdicts(found)["virtualisation"] == "fails"
    able = plain | {"grep": "flags : fpu vmx\n"}
    assert verdicts(list(system.xen(canned(able), wants))) == {"Xen": "works"}


def test_an_address_that_somebody_has_is_named_with_its_line(
    canned: Callable[..., Any], environment: Environment
) -> None:
    addresses = (
        HERE.parent / "server" / "bridge" / "real" / "addresses_before_the_bridge.json"
    ).read_text()
    server = canned(
        {
            "ip -j -4": addresses,
            "sh -c": "10.0.7.200\n10.0.7.210\n10.0.7.201\n",
            "xl list": "Name  ID\nDomain-0  0\ncentos7-VM  1\n",
        }
    )
    failing = [f for f in network.in_use(server, environment) if f.verdict == "fails"]
    assert [finding.seen for finding in failing] == ["somebody answers on 10.0.7.210 already"]
    assert "lab.yaml:" in failing[0].remedy
    assert "applications[6].address" in failing[0].remedy


def test_containers_are_reached_where_their_domu_runs(environment: Environment) -> None:
    given = network.addresses_given(environment)
    assert given[IPv4Address("10.0.7.201")][1] == "centos7-VM"
    assert given[IPv4Address("10.0.7.210")][1] == "indexGD"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, {"names": "works", "mirror": "works"}),
        ({"env": (100, "")}, {"names": "works", "mirror": "fails"}),
        ({"getent": (2, "")}, {"names": "fails", "mirror": "works"}),
        ({"apt-config": "PROXY='http://10.0.7.3:3128'\n"}, {"mirror": "works"}),
        ({"apt-get": ""}, {"mirror": "fails"}),
    ],
    ids=["both", "no mirror", "no name", "through a proxy", "no source"],
)
def test_names_and_mirrors(
    canned: Callable[..., Any], answers: dict[str, Any], expected: dict[str, str]
) -> None:
    usual: dict[str, Any] = {
        "apt-get": "http://mirror.example/debian/|trixie\n",
        "apt-config": "",
        "getent": "192.0.2.1 STREAM\n",
        "env": "Codename: trixie\n",
    }
    assert verdicts(list(network.mirrors(canned(usual | answers)))) == expected


def test_what_does_not_fit_is_told_with_its_line(
    canned: Callable[..., Any], environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(memory=2**30, processors=1, disk=2**30)
    monkeypatch.setattr(storage, "read_room", lambda *_: room)
    found = list(storage.look(canned({}), environment))
    assert verdicts(found) == {"memory": "fails", "vcpus": "fails", "volumes": "fails"}
    assert all("lab.yaml:" in finding.seen for finding in found)
