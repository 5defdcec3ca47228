"""Saved states: which guests one fits, and how it becomes another guest's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deployments.model import Environment
from tasks.content import file_key
from tasks.server.hotplug import VIF_SCRIPT, wanted_files
from tasks.unikernel.saved_state import ADOPT, SavedState, without_identity

XML = """<domain type="xen"><name>{name}</name><uuid>{uuid}</uuid><memory>{memory}</memory>
<os><kernel>/k</kernel><cmdline>quiet epos.address={address}/24 epos.watch=4000{more}</cmdline></os>
<devices><interface type="bridge"><mac address="{mac}"/>
<ip address="{address}" family="ipv4"/></interface></devices></domain>"""
FIRST = {
    "name": "a",
    "uuid": "1",
    "memory": 64,
    "address": "10.0.7.1",
    "mac": "00:16:3e:0:0:1",
    "more": "",
}
SECOND = {
    "name": "b",
    "uuid": "2",
    "memory": 64,
    "address": "10.0.7.2",
    "mac": "00:16:3e:0:0:2",
    "more": "",
}


def state(description: bytes, saved: bytes, version: int = 2) -> bytes:
    header = b"libvirt-xml\n \0 \r" + version.to_bytes(4, "little")
    return header + len(description).to_bytes(4, "little") + bytes(40) + description + saved


def adopt(folder: Path, content: bytes, description: str) -> subprocess.CompletedProcess[bytes]:
    (folder / "one.state").write_bytes(content)
    command = [sys.executable, "-c", ADOPT, f"{folder}/one.state", f"{folder}/other.state"]
    return subprocess.run(command, input=description.encode(), capture_output=True, check=False)


def test_instances_that_differ_in_who_they_are_share_a_state() -> None:
    assert without_identity(XML.format(**FIRST)) == without_identity(XML.format(**SECOND))


@pytest.mark.parametrize("change", [{"memory": 32}, {"more": " epos.env.A=1"}])
def test_any_other_difference_is_another_state(change: dict[str, object]) -> None:
    other = XML.format(**{**SECOND, **change})
    assert without_identity(XML.format(**FIRST)) != without_identity(other)


@pytest.mark.parametrize("ours", [True, False])
def test_nothing_is_restored_where_copies_would_share_their_random_bits(
    ours: bool, environment: Environment, canned: Callable[..., Any], own_state: Path
) -> None:
    program, _ = wanted_files()[VIF_SCRIPT]
    server = canned({"sha256sum": f"{file_key(program) if ours else '0' * 64}  {VIF_SCRIPT}\n"})
    machines: Any = SimpleNamespace(server=server)
    state = SavedState(machines, environment, environment.application("indexGD"))
    assert state.can_restore() == ours


def test_a_state_becomes_another_guest_s_by_its_description_alone(tmp_path: Path) -> None:
    memory = bytes(range(256)) * 5000
    done = adopt(tmp_path, state(b"<domain/>\0", memory), "<domain>other</domain>")
    assert done.returncode == 0
    made = (tmp_path / "other.state").read_bytes()
    assert made == state(b"<domain>other</domain>\0", memory)


def test_what_is_no_saved_state_is_refused(tmp_path: Path) -> None:
    done = adopt(tmp_path, state(b"<domain/>\0", b"", version=3), "<domain/>")
    assert done.returncode == 1
    assert b"is no state of version 2" in done.stderr
    assert not (tmp_path / "other.state").exists()
