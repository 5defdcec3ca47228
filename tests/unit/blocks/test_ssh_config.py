"""Ways to a server as people have them in ~/.ssh/config, tried on real SSH servers."""

from __future__ import annotations

import getpass
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blocks.connection import Connection, ConnectionLost
from blocks.ssh_config import target_of
from deployments.server import Ssh
from errors import WrongInput


def host(name: str, server: Any, *more: str) -> str:
    lines = [
        f"Host {name}",
        "HostName 127.0.0.1",
        f"Port {server.port}",
        f"User {getpass.getuser()}",
        f"IdentityFile {server.key}",
        f"UserKnownHostsFile {server.known_hosts}",
        *more,
    ]
    return "\n  ".join(lines) + "\n"


def test_a_name_is_what_openssh_knows_of_it(ssh_server: Any, tmp_path: Path) -> None:
    (tmp_path / "others").write_text(host("xen1", ssh_server))
    config = tmp_path / "config"
    config.write_text(f"Include {tmp_path}/others\nHost *\n  Port 9\n")
    target = target_of("server", Ssh(host="xen1", config=config))
    assert target == replace(ssh_server.target(), sudo=getpass.getuser() != "root")
    connection = Connection(replace(target, sudo=False))
    assert connection.check("echo", "here") == "here\n"
    connection.close()


def test_what_the_environment_says_wins(ssh_server: Any, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(host("xen1", ssh_server))
    own = Ssh(host="xen1", config=config, port=2222, user="admin", key=tmp_path / "key")
    target = target_of("server", own)
    assert (target.port, target.user, target.key) == (2222, "admin", tmp_path / "key")
    assert target.sudo


def test_a_server_behind_a_gate_without_a_shell_is_reached(
    ssh_server: Any, gate: Any, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text(host("gate", gate) + host("xen1", ssh_server, "ProxyJump gate"))
    target = target_of("server", Ssh(host="xen1", config=config))
    assert target.through and target.through.port == gate.port
    connection = Connection(replace(target, sudo=False))
    assert connection.check("echo", "here") == "here\n"
    gate.kill()
    with pytest.raises(ConnectionLost):
        connection.answers()


def test_the_last_jump_is_the_nearest(ssh_server: Any, tmp_path: Path) -> None:
    config = tmp_path / "config"
    hops = "".join(host(name, ssh_server) for name in ("a", "b"))
    config.write_text(hops + host("xen1", ssh_server, "ProxyJump root@a:7,b"))
    target = target_of("server", Ssh(host="xen1", config=config))
    assert target.through and target.through.through
    assert (target.through.port, target.through.through.port) == (ssh_server.port, 7)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Host xen1\n  HostName 127.0.0.1\n  Port 22\n{files}", "the machine you are working on"),
        ("Host xen1\n  ProxyCommand nc %h %p\n{files}", "ProxyCommand, which is not followed"),
        (
            "Host xen1 b\n  ProxyJump a\nHost a\n  ProxyJump b\nHost *\n{files}",
            "leads in a circle",
        ),
        ("Host xen1\n  Colour red\n", "OpenSSH does not take"),
        ("Host xen1\n  IdentityFile /none\n", "none of the keys for xen1 is there"),
        ("Host xen1\n{key}  UserKnownHostsFile /none\n", "no file of known hosts for xen1"),
        (None, "no file "),
    ],
)
def test_what_does_not_lead_there_is_told(
    ssh_server: Any, tmp_path: Path, text: str | None, says: str
) -> None:
    key = f"  IdentityFile {ssh_server.key}\n"
    files = f"{key}  UserKnownHostsFile {ssh_server.known_hosts}\n"
    config = tmp_path / "config"
    if text is not None:
        config.write_text(text.format(files=files, key=key))
    with pytest.raises(WrongInput, match=says):
        target_of("server", Ssh(host="xen1", config=config))


@pytest.mark.parametrize("missing", ["key", "known_hosts"])
def test_without_openssh_both_files_are_named(missing: str) -> None:
    given = {"host": "xen1", "key": "/k", "known_hosts": "/h"}
    given.pop(missing)
    with pytest.raises(ValueError, match="is missing"):
        Ssh.model_validate(given)
