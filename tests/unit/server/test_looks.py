"""What a run asks its server ahead, in one command, changes nothing there and is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tasks.looks import LOOKS
from tasks.server.hotplug import wanted_files
from tasks.server.interfaces import USUAL, listing
from tasks.server.transfer import missing_files
from tasks.server.volume import read_volumes

READING = {"cat", "dpkg-query", "find", "ip", "lvs", "nproc", "sha256sum", "test", "vgs", "which"}
BESIDES = [listing(USUAL), ("xl", "info")]  # a shell that lists files, and Xen's own facts


def test_only_what_reads_is_asked_ahead_and_each_once() -> None:
    assert len(set(LOOKS)) == len(LOOKS)
    assert [command for command in LOOKS if command[0] not in READING] == BESIDES


def test_what_is_asked_ahead_is_what_steps_ask(
    own_state: object, canned: Callable[..., Any]
) -> None:
    server = canned({"lvs": '{"report": [{"lv": []}]}', "sha256sum": "", "vgs": "{}"})
    read_volumes(server, "epos")
    missing_files(server, {there: here for there, (here, _) in wanted_files().items()})
    assert set(server.told) <= set(LOOKS)
