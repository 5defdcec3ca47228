"""kraft: driven as a program on PATH; here a script that does and fails as the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import WrongInput
from tests.unit.toolchains_peers.failing import failure_of
from toolchains import kraft
from toolchains.application import read_application
from toolchains.interface import Application, GuestSettings, GuestVolume, Image
from toolchains.kraft import NO_FILES

# `kraft build` as KraftKit does it: kernel and ramdisk in .unikraft/build, errors on stderr.
KRAFT = """#!/bin/sh
case "$1" in
version) echo "kraft 0.12.3 (b2e6886) go1.24.4" ;;
build)
  [ "$*" = "build --plat xen --arch x86_64 --log-type basic --no-prompt ." ] || exit 64
  echo " i  building index" >&2
  if grep -q broken main.py; then
    echo " E  could not build: make: *** [main.o] Error 1" >&2
    exit 1
  fi
  mkdir -p .unikraft/build
  grep -q lost main.py || echo kernel >.unikraft/build/index_xen-x86_64
  grep -q rootfs Kraftfile && echo archive >.unikraft/build/initramfs-x86_64.cpio
  exit 0 ;;
esac
"""
KRAFTFILE = """spec: v0.6
name: index
unikraft: {version: stable}
targets: [qemu/x86_64, xen/x86_64]
rootfs: ./rootfs
cmd: ["/usr/bin/python3", "/app/main.py"]
"""


@pytest.fixture
def application(tmp_path: Path) -> Application:
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / "app.yaml").write_text("name: indexGD\nruntime: python\nentry: main.py\nport: 4000\n")
    (folder / "main.py").write_text("print('hello')\n")
    (folder / "Kraftfile").write_text(KRAFTFILE)
    return read_application(folder)


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "kraft").write_text(KRAFT)
    (programs / "kraft").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")


def line(image: Image, **changes: object) -> str:
    settings: dict[str, object] = {
        "address": "10.0.7.210/24",
        "gateway": "10.0.7.1",
        "environment": {"FWSS_URL": "http://10.0.7.203:5555", "GREETING": "good day"},
        "volumes": [],
        "arguments": ["--verbose"],
        "nameservers": ["10.0.7.3"],
    }
    return kraft.command_line(image, GuestSettings.model_validate({**settings, **changes}))


@pytest.mark.usefixtures("on_path")
def test_kernel_and_ramdisk_are_kept_until_the_sources_change(
    application: Application, tmp_path: Path
) -> None:
    assert kraft.look(application, tmp_path / "cache") is None
    assert not (tmp_path / "cache").exists()
    first, again = (kraft.build(application, tmp_path / "cache") for _ in range(2))
    assert kraft.look(application, tmp_path / "cache") == again
    (application.folder / "main.py").write_text("print('changed')\n")
    other = kraft.build(application, tmp_path / "cache")

    assert (first.built, again.built, other.built) == (True, False, True)
    assert first.kernel.read_text() == "kernel\n"
    assert (first.root.read_text(), first.root_kind) == ("archive\n", "initramfs")
    assert kraft.describe(first)["command"] == ["/usr/bin/python3", "/app/main.py"]
    assert not (application.folder / ".unikraft").exists()
    assert line(first) == (
        "indexgd netdev.ip=10.0.7.210/24:10.0.7.1:10.0.7.3 "
        'env.vars=[ "FWSS_URL=http://10.0.7.203:5555" "GREETING=good day" ] '
        'vfs.fstab=[ "initrd0:/:extract::ramfs=1:" ] '
        "-- /usr/bin/python3 /app/main.py --verbose"
    )


@pytest.mark.usefixtures("on_path")
def test_a_kernel_that_has_all_it_needs_gets_an_empty_ramdisk(
    application: Application, tmp_path: Path
) -> None:
    kraftfile = application.folder / "Kraftfile"
    kraftfile.write_text(KRAFTFILE.replace("rootfs: ./rootfs\n", ""))
    image = kraft.build(application, tmp_path / "cache")
    assert image.root.read_bytes() == NO_FILES
    assert "fstab" not in line(image)


@pytest.mark.usefixtures("on_path")
def test_what_unikraft_cannot_be_given_is_refused(application: Application, tmp_path: Path) -> None:
    image = kraft.build(application, tmp_path / "cache")
    with pytest.raises(WrongInput, match="cannot mount /archive"):
        line(image, volumes=[GuestVolume(device="/dev/xvdb", mount_point="/archive")])
    with pytest.raises(WrongInput, match="GREETING"):
        line(image, environment={"GREETING": 'say "hello"'})
    with pytest.raises(WrongInput, match="Xen passes 1023"):
        line(image, environment={"LONG": "x" * 1000})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "has no Kraftfile"),
        (KRAFTFILE.replace("unikraft: {version: stable}", "runtime: python:3.12"), "no kernel"),
        (KRAFTFILE.replace(", xen/x86_64", ""), "no target for Xen"),
        ("[", "cannot be read"),
    ],
)
def test_a_project_that_gives_no_kernel_for_xen_is_told_so_before_kraft_is_called(
    application: Application, tmp_path: Path, text: str | None, problem: str
) -> None:
    kraftfile = application.folder / "Kraftfile"
    kraftfile.unlink() if text is None else kraftfile.write_text(text)
    with pytest.raises(WrongInput, match=problem):
        kraft.build(application, tmp_path / "cache")


@pytest.mark.usefixtures("on_path")
def test_a_failed_build_shows_kraft_s_last_lines(application: Application, tmp_path: Path) -> None:
    failed = failure_of(kraft, application, "broken", tmp_path / "cache")
    assert "kraft build failed" in failed.what
    assert "make: *** [main.o] Error 1" in failed.seen


@pytest.mark.usefixtures("on_path")
def test_a_build_that_leaves_no_kernel_keeps_nothing(
    application: Application, tmp_path: Path
) -> None:
    failed = failure_of(kraft, application, "lost", tmp_path / "cache")
    assert "left no .unikraft/build/index_xen-x86_64" in failed.what
    assert "there: initramfs-x86_64.cpio" in failed.seen
    assert not [one for one in (tmp_path / "cache/kraft/indexGD").iterdir() if one.is_dir()]
