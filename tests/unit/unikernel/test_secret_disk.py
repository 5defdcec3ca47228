"""A unikernel's secrets: a disk of its own, root's alone, under a name that changes with them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from deployments.model import Environment
from errors import EposVirtError
from tasks.unikernel.secret_disk import FOLDER, disk_path, put_disk, secrets_of_guest


class Server:
    """A server that keeps what is written there."""

    def __init__(self, kept: Path) -> None:
        self.kept, self.told, self.modes = kept, list[tuple[str, ...]](), dict[str, str]()

    def check(self, *command: str) -> str:
        self.told.append(command)
        return ""

    def write(self, path: str, content: bytes, mode: str) -> None:
        self.kept.write_bytes(content)
        self.modes[path] = mode


def test_it_holds_each_secret_for_root_alone_and_no_command_shows_one(tmp_path: Path) -> None:
    server: Any = Server(tmp_path / "disk")
    put_disk(server, f"{FOLDER}/lab-RunQC-0123.squashfs", {"write_token": "canary"})
    assert server.modes == {f"{FOLDER}/lab-RunQC-0123.squashfs": "0600"}
    assert server.told == [("install", "-d", "-m", "0700", FOLDER)]
    listed = subprocess.run(
        ["unsquashfs", "-lln", tmp_path / "disk"], capture_output=True, text=True, check=True
    )
    [line] = [line for line in listed.stdout.splitlines() if line.endswith("/write_token")]
    assert line.split()[:2] == ["-r--------", "0/0"]
    held = subprocess.run(
        ["unsquashfs", "-cat", tmp_path / "disk", "write_token"], capture_output=True, check=True
    )
    assert held.stdout == b"canary"


def test_its_name_changes_with_every_secret_and_tells_none(environment: Environment) -> None:
    application = environment.application("RunQC")
    paths = {disk_path(environment, application, {"token": secret}) for secret in ("a", "b")}
    assert len(paths) == 2
    assert all(path.startswith(f"{FOLDER}/{environment.name}-RunQC-") for path in paths)


def test_secrets_that_are_not_made_yet_are_named(environment: Environment, own_state: Path) -> None:
    with pytest.raises(EposVirtError, match="RunQC needs secrets that are not made yet") as failed:
        secrets_of_guest(environment, environment.application("RunQC"))
    assert "token" in failed.value.seen
