"""The hotplug scripts, run for real with programs that answer as the server's do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tasks.hotplug import BLOCK_SCRIPT, FILES, VIF_SCRIPT, hotplug_step, wanted_files

BACKEND = "/local/domain/0/backend/vbd/7/51728"


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """A folder with the two scripts, Debian's own block script, and programs that note calls."""
    (tmp_path / "store").mkdir()
    programs = {
        "xenstore-read": 'for k; do cat "$STORE/${k##*/}" || exit 1; done',
        "xenstore-write": 'while [ $# -gt 0 ]; do echo "$2" >"$STORE/${1##*/}"; shift 2; done',
        "ip": 'echo "ip $*" >>"$STORE/calls"; [ ! -e "$STORE/no-bridge" ]',
        "losetup": 'echo "losetup $*" >>"$STORE/calls"; echo /dev/loop3',
        "stat": "echo fd:3",
        "block-epos.distrib": 'echo "distrib $*" >>"$STORE/calls"',
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    for name in ("vif-epos", "block-epos"):
        (tmp_path / name).write_text((FILES / name).read_text())
        (tmp_path / name).chmod(0o755)
    return tmp_path


def call(server: Path, script: str, verb: str, **store: str) -> dict[str, str]:
    """Run a script as libxl does; give what is in Xenstore afterwards, and the calls."""
    for key, value in store.items():
        (server / "store" / key).write_text(f"{value}\n")
    environment = os.environ | {
        "PATH": f"{server}:{os.environ['PATH']}",
        "STORE": str(server / "store"),
        "XENBUS_PATH": BACKEND,
        "vif": "vif7.0",
    }
    subprocess.run([server / script, verb], env=environment, check=False)
    return {file.name: file.read_text().strip() for file in (server / "store").iterdir()}


def test_a_card_is_put_on_its_bridge(server: Path) -> None:
    after = call(server, "vif-epos", "online", bridge="xenbr0")
    assert after["calls"] == "ip link set dev vif7.0 address fe:ff:ff:ff:ff:ff master xenbr0 up"
    assert after["hotplug-status"] == "connected"


def test_a_missing_bridge_is_told_to_whoever_waits(server: Path) -> None:
    (server / "store" / "no-bridge").touch()
    after = call(server, "vif-epos", "online", bridge="xenbr9")
    assert after["hotplug-status"] == "error"
    assert "vif7.0 on bridge xenbr9" in after["hotplug-error"]


def test_a_disk_that_is_only_read_is_connected_at_once(server: Path) -> None:
    image = server / "secrets.squashfs"
    image.touch()
    after = call(server, "block-epos", "add", mode="r", params=str(image))
    assert after["calls"] == f"losetup --find --show --read-only {image}"
    assert after["node"] == "/dev/loop3"
    assert after["physical-device"] == "fd:3"
    assert after["hotplug-status"] == "connected"
    after = call(server, "block-epos", "remove")
    assert after["calls"].endswith("losetup --detach /dev/loop3")


@pytest.mark.parametrize(("mode", "params"), [("w", "/dev/null"), ("r", "/no/such/device")])
def test_everything_else_is_left_to_debian_s_own_script(
    server: Path, mode: str, params: str
) -> None:
    after = call(server, "block-epos", "add", mode=mode, params=params)
    assert after["calls"] == "distrib add"
    assert "hotplug-status" not in after


def test_a_server_with_the_scripts_is_left_alone(canned: type) -> None:
    answers = {f"cat {path}": text for path, (text, _) in wanted_files().items()}

    class Machines:
        server = canned(answers)

    assert hotplug_step(Machines(), ()).plan().actions == ()  # type: ignore[arg-type]


def test_debian_s_block_script_is_moved_aside_first(canned: type) -> None:
    missing = {f"cat {path}": (1, "") for path in wanted_files()}
    missing |= {f"test -e {path}": (1, "") for path in wanted_files()}
    machine = canned(missing | {"dpkg-divert": "", "udevadm": "", "systemctl": ""})

    class Machines:
        server = machine

    for action in hotplug_step(Machines(), ()).plan().actions:  # type: ignore[arg-type]
        action.do()
    assert set(machine.written) == set(wanted_files())
    assert VIF_SCRIPT in machine.written
    assert BLOCK_SCRIPT in machine.written
