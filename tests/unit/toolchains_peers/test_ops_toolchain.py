"""ops: driven as a program on PATH; here a script that does and fails as the real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from errors import WrongInput
from runs.child import ProgramFailed
from tests.unit.toolchains_peers.failing import failure_of
from toolchains import ops
from toolchains.application import read_application
from toolchains.interface import Application, GuestSettings, GuestVolume, Image

# `ops` puts images below OPS_HOME and says its Nanos release; some failures end with status 0.
OPS = """#!/bin/sh
case "$1 $2" in
"version ") echo "Ops version: 0.1.43"; echo "Nanos version: 0.1.54" ;;
"image create")
  shift 2
  [ "$1 $2 $3 $5" = "--package eyberg/python:3.8.6 -c -i" ] || exit 64
  if grep -q broken main.py; then echo "error: package not found" >&2; exit 1; fi
  if grep -q lost main.py; then echo "Operation not supported"; exit 0; fi
  mkdir -p "$OPS_HOME/images"
  cat "$4" >"$OPS_HOME/images/$6"
  echo "onprem image '$6' created..." ;;
"build server")
  mkdir -p "$OPS_HOME/images"
  cat "$4" >"$OPS_HOME/images/$6.img"
  echo "Bootable image file:$OPS_HOME/images/$6.img" ;;
*) exit 64 ;;
esac
"""


def application(folder: Path, runtime: str, entry: str) -> Application:
    folder.mkdir()
    (folder / "app.yaml").write_text(
        f"name: indexGD\nruntime: {runtime}\nentry: {entry}\nport: 4000\noptions: [--verbose]\n"
    )
    (folder / entry).write_text("#\n")
    return read_application(folder)


@pytest.fixture
def index(tmp_path: Path) -> Application:
    return application(tmp_path / "index", "python", "main.py")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ops on PATH, with the Nanos release it names."""
    folder = tmp_path / "ops"
    (folder / "0.1.54").mkdir(parents=True)
    (folder / "0.1.54" / "kernel.img").write_text("nanos")
    (folder / "ops").write_text(OPS)
    (folder / "ops").chmod(0o755)
    monkeypatch.setenv("OPS_HOME", str(folder))
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def line(image: Image, **changes: object) -> str:
    settings: dict[str, object] = {
        "address": "10.0.7.210/24",
        "gateway": "10.0.7.1",
        "environment": {"FWSS_URL": "http://10.0.7.203:5555"},
        "volumes": [],
        "arguments": [],
    }
    return ops.command_line(image, GuestSettings.model_validate({**settings, **changes}))


def test_disk_and_kernel_are_taken_from_ops_and_kept(
    home: Path, index: Application, tmp_path: Path
) -> None:
    assert ops.look(index, tmp_path / "cache") is None
    assert not (tmp_path / "cache").exists()
    first, again = (ops.build(index, tmp_path / "cache") for _ in range(2))
    assert ops.look(index, tmp_path / "cache") == again
    assert (first.built, again.built) == (True, False)
    assert (first.kernel.read_text(), first.root_kind) == ("nanos", "block")
    assert json.loads(first.root.read_text()) == {
        "Args": ["main.py", "--verbose"],
        "Files": ["main.py"],
        "Env": {},
        "RunConfig": {"Ports": ["4000"]},
    }
    assert first.packages == {"nanos": "0.1.54", "eyberg/python": "3.8.6"}
    assert not list((home / "images").iterdir())
    assert line(first) == (
        "en1.ipaddr=10.0.7.210 en1.netmask=255.255.255.0 en1.gateway=10.0.7.1 "
        "environment.FWSS_URL=http://10.0.7.203:5555"
    )
    assert ops.describe(first)["boots_as"] == ["xen-pvh"]


@pytest.mark.usefixtures("home")
def test_a_binary_is_built_without_a_package(tmp_path: Path) -> None:
    image = ops.build(application(tmp_path / "b", "binary", "server"), tmp_path / "cache")
    wanted = json.loads(image.root.read_text())
    assert (wanted["Args"], wanted["Files"]) == (["--verbose"], [])


@pytest.mark.usefixtures("home")
def test_what_nanos_cannot_be_given_is_refused(index: Application, tmp_path: Path) -> None:
    image = ops.build(index, tmp_path / "cache")
    with pytest.raises(WrongInput, match="cannot mount /archive"):
        line(image, volumes=[GuestVolume(device="/dev/xvdb", mount_point="/archive")])
    with pytest.raises(WrongInput, match="GREETING"):
        line(image, environment={"GREETING": "good day"})
    with pytest.raises(WrongInput, match="cannot append arguments"):
        line(image, arguments=["--more"])


def test_a_runtime_without_a_package_is_told_which_have_one(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="for perl") as raised:
        ops.build(application(tmp_path / "p", "perl", "main.pl"), tmp_path)
    assert "ops builds python, binary" in raised.value.remedy


@pytest.mark.usefixtures("home")
def test_a_failed_build_shows_the_last_lines_of_ops(index: Application, tmp_path: Path) -> None:
    failed = failure_of(ops, index, "broken", tmp_path / "cache")
    assert "ops image failed" in failed.what
    assert "error: package not found" in failed.seen
    lost = failure_of(ops, index, "lost", tmp_path / "cache")
    assert "left no image epos-indexgd-" in lost.what
    assert "Operation not supported" in lost.seen


def test_without_its_kernel_ops_is_to_be_updated(
    home: Path, index: Application, tmp_path: Path
) -> None:
    (home / "0.1.54" / "kernel.img").unlink()
    with pytest.raises(ProgramFailed, match="no Nanos kernel") as raised:
        ops.build(index, tmp_path / "cache")
    assert "ops update" in raised.value.remedy
