"""The hotplug program, run for real as libxl runs it; Xenstore is one of the test's own.

That disks and cards are really connected is proved by every guest of the lab's tests.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tasks.compiled import compiled
from tasks.content import file_key
from tasks.server.hotplug import FILES, OPTIONS, UDEV_RULES, hotplug_step, wanted_files
from tests.unit.server.xenstore_of_tests import BACKEND, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "socket")
    yield made
    made.close()


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EPOS_VIRT_STATE", str(tmp_path_factory.mktemp("state")))
        return compiled(FILES / "hotplug.c", *OPTIONS)


def call(program: Path, folder: Path, name: str, verb: str) -> subprocess.CompletedProcess[str]:
    """Run it under one of its names, as libxl does, with Debian's own script beside it."""
    (folder / name).symlink_to(program)
    (folder / f"{name}.distrib").write_text('#!/bin/sh\necho "distrib $*"\n')
    (folder / f"{name}.distrib").chmod(0o755)
    environment = os.environ | {
        "XENSTORED_PATH": str(folder / "socket"),
        "XENBUS_PATH": BACKEND,
        "vif": "vif7.0",
    }
    command = [str(folder / name), verb]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_card_that_cannot_join_its_bridge_is_told_to_whoever_waits(
    program: Path, tmp_path: Path, store: Store
) -> None:
    store["bridge"] = "xenbr9"
    assert call(program, tmp_path, "vif-epos", "online").returncode == 1
    assert store["hotplug-status"] == "error"
    assert store["hotplug-error"].startswith("vif7.0 on bridge xenbr9: ")


def test_a_card_that_goes_needs_nothing(program: Path, tmp_path: Path, store: Store) -> None:
    assert call(program, tmp_path, "vif-epos", "offline").returncode == 0
    assert store == {}


@pytest.mark.parametrize(
    ("mode", "params"), [("w", "/dev/null"), ("r", "/no/such/device"), ("r", "/dev/null")]
)
def test_everything_but_a_disk_that_is_only_read_is_left_to_debian_s_own_script(
    program: Path, tmp_path: Path, store: Store, mode: str, params: str
) -> None:
    store.update({"mode": mode, "params": params})
    done = call(program, tmp_path, "block", "add")
    assert (done.returncode, done.stdout) == (0, "distrib add\n")
    assert "hotplug-status" not in store


def test_without_xenstore_debian_s_own_script_tells_what_is_wrong(
    program: Path, tmp_path: Path
) -> None:
    assert call(program, tmp_path, "block", "add").stdout == "distrib add\n"


def server_with(canned: type, files: dict[str, Path]) -> Any:
    sums = "\n".join(f"{file_key(here)}  {there}" for there, here in files.items())
    return canned({"sha256sum": sums, "dpkg-divert": "", "udevadm": "", "systemctl": ""})


def test_a_server_that_has_all_of_it_is_left_alone(canned: type, own_state: Path) -> None:
    server = server_with(canned, {there: here for there, (here, _) in wanted_files().items()})
    machines: Any = SimpleNamespace(server=server)
    assert hotplug_step(machines, ()).plan().actions == ()


def test_what_is_missing_is_written_and_debian_s_script_moved_aside(
    canned: type, own_state: Path
) -> None:
    server = server_with(canned, {UDEV_RULES: wanted_files()[UDEV_RULES][0]})
    machines: Any = SimpleNamespace(server=server)
    for action in hotplug_step(machines, ()).plan().actions:
        action.do()
    assert list(server.written) == [path for path in wanted_files() if path != UDEV_RULES]
    assert any("dpkg-divert" in argv for argv in server.told)
