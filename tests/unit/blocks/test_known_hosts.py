"""A known-hosts file is heeded as OpenSSH heeds it; what cannot be read of it is told."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any

import pytest

from blocks.connection import Connection
from blocks.known_hosts import read_known_hosts
from errors import WrongInput
from tests.unit.blocks.conftest import make_key


@pytest.fixture
def place(ssh_server: Any) -> str:
    return f"[127.0.0.1]:{ssh_server.port}"


@pytest.fixture
def key(ssh_server: Any) -> str:
    return " ".join(ssh_server.known_hosts.read_text().split()[1:])


@pytest.fixture
def other(tmp_path: Path) -> str:
    return make_key(tmp_path / "other")


def reached(ssh_server: Any, file: Path, text: str) -> None:
    file.write_text(text)
    connection = Connection(ssh_server.target(known_hosts=file))
    try:
        assert connection.check("echo", "in") == "in\n"
    finally:
        connection.close()


@pytest.mark.parametrize(
    "text",
    [
        "{place} {key}\n",
        "# comment\n\n  \n{place},10.0.7.9 {key} a comment\n",
        "@cert-authority *.example.org {other}\n{place} {key}\n",
        "@cert-authority * {other}\n@revoked * {other}\n{place} {key}\n",
        "xen2 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIcut\n{place} {key}\n",
        "xen2 ssh-ed25519\nxen3\n@revoked\n\xff\n{place} {key}\n",
        "xen2 ssh-new AAAAB3NzaC1yc2E=\n{place} {key}\n",
        "[127.0.0.?]:* {key}\n",
        "!xen2,* {key}\n",
        "{place} {other}\n{place} {key}\n",
    ],
    ids=[
        "plain", "comments", "an authority of others", "revoked is another", "a cut key",
        "cut lines", "a type nobody knows", "wildcards", "but not", "two keys of one type",
    ],
)  # fmt: skip
def test_a_host_is_known_by_its_line_whatever_others_say(
    ssh_server: Any, tmp_path: Path, place: str, key: str, other: str, text: str
) -> None:
    reached(ssh_server, tmp_path / "known", text.format(place=place, key=key, other=other))


def test_a_hashed_name_is_known(ssh_server: Any, tmp_path: Path, place: str, key: str) -> None:
    file = tmp_path / "hashed"
    file.write_text(f"{place} {key}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    assert "127.0.0.1" not in file.read_text()
    reached(ssh_server, tmp_path / "known", file.read_text())


def test_a_hashed_name_is_that_in_small_letters_as_ssh_writes_it(
    tmp_path: Path, other: str
) -> None:
    file = tmp_path / "hashed"
    file.write_text(f"xen1.example {other}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    [line] = read_known_hosts(file).lines
    assert line.is_of("Xen1.Example") and line.is_of("xen1.example")
    assert not line.is_of("xen2.example")


@pytest.mark.parametrize(
    "line",
    [
        "xen1\t{other}\tlast words",
        "  xen1 {other}  ",
        "XEN1,10.0.7.9 {other}",
        "*.example,xen? {other}",
        "xen1 {other}\r",
    ],
    ids=["tabs", "indented", "capitals", "patterns", "of Windows"],
)
def test_however_a_line_is_written_it_is_of_its_host(tmp_path: Path, other: str, line: str) -> None:
    file = tmp_path / "known"
    file.write_bytes(f"{line.format(other=other)}\n".encode())
    [found] = read_known_hosts(file).lines
    assert found.is_of("xen1") and not found.is_of("xen11")


@pytest.mark.parametrize(
    ("text", "what", "seen"),
    [
        ("@revoked {place} {key}\n{place} {key}\n", "is revoked", "line 1 of"),
        ("{place} {key}\n@revoked * {key}\n", "is revoked", "line 2 of"),
        ("@cert-authority * {key}\n", "is not known", "line 1 is an authority's"),
        ("{place} ssh-ed25519 AAAAcut\n", "is not known", "line 1 of"),
        ("!{place},* {key}\n", "is not known", "shows a key"),
        ("{place} {other}\n", "is not the one in", "line 1"),
        ("127.0.0.1 {key}\n", "is not known", "shows a key"),
    ],
)
def test_a_host_that_is_not_known_is_refused_with_the_line_that_says_so(
    ssh_server: Any,
    tmp_path: Path,
    place: str,
    key: str,
    other: str,
    text: str,
    what: str,
    seen: str,
) -> None:
    with pytest.raises(WrongInput) as error:
        reached(ssh_server, tmp_path / "k", text.format(place=place, key=key, other=other))
    assert f"its host key {what}" in error.value.what
    assert seen in error.value.seen


def test_a_key_of_another_type_only_is_another_key(
    ssh_server: Any, tmp_path: Path, place: str
) -> None:
    rsa = tmp_path / "rsa"
    command = ["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(rsa)]
    subprocess.run(command, check=True)
    with pytest.raises(WrongInput, match="is not the one in"):
        reached(ssh_server, tmp_path / "k", f"{place} {rsa.with_suffix('.pub').read_text()}")


def test_random_bytes_are_no_key(tmp_path: Path) -> None:
    noise = [base64.b64encode(bytes([n] * 40)).decode() for n in range(256)]
    (tmp_path / "k").write_text("".join(f"host ssh-rsa {text}\n" for text in noise))
    found = read_known_hosts(tmp_path / "k")
    assert (found.lines, len(found.skipped)) == ((), 256)
