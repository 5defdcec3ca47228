"""A lab is plain Debian, or has what its preparation says; a wrong one is told before a build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deployments.model import Environment
from errors import WrongInput
from lab import build
from lab.build import _first_menu
from lab.folders import bases_folder
from lab.preparation import Preparation, read_preparation
from lab.recipe import Recipe
from tasks.server.hypervisor import GRUB_FILE, grub_file, plan_hypervisor, with_daemons
from tasks.server.lab import preparation
from tasks.server.packages import SERVER_PACKAGES

PREPARED = Preparation(
    packages=("xen-system-amd64",),
    files=(("/etc/motd", "hello\n"),),
    xen_options=("dom0_mem=1024M",),
    kernel_options=("console=hvc0",),
)


def test_it_is_written_and_read() -> None:
    assert read_preparation(PREPARED.to_json()) == PREPARED
    assert read_preparation("{}") == Preparation()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "3",
        '{"package": []}',
        '{"packages": [1]}',
        '{"packages": "xen"}',
        '{"files": ["/etc"]}',
    ],
)
def test_a_wrong_one_is_told(text: str) -> None:
    with pytest.raises(WrongInput, match="no preparation of a lab"):
        read_preparation(text)


def test_another_preparation_is_another_base() -> None:
    plain = Recipe(sources=())
    assert Recipe(sources=(), preparation=PREPARED).key() != plain.key()


def test_it_boots_xen_with_the_options_of_its_preparation(tmp_path: Path) -> None:
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/xen-4.20-amd64.gz").touch()
    menu = _first_menu(tmp_path, Recipe(sources=(), preparation=PREPARED), "vmlinuz", "initrd")
    assert "multiboot2 /boot/xen-4.20-amd64.gz placeholder dom0_mem=1024M\n" in menu
    assert "ro console=hvc0\n" in menu
    assert "set default=xen\n" in menu


def test_without_xen_among_its_packages_it_cannot_boot_xen(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="none of its packages"):
        _first_menu(tmp_path, Recipe(sources=(), preparation=PREPARED), "vmlinuz", "initrd")


def test_a_reset_lab_has_what_it_had(own_state: Path) -> None:
    folder = bases_folder() / "a-key"
    folder.mkdir(parents=True)
    (folder / "recipe.json").write_text(json.dumps({"preparation": json.loads(PREPARED.to_json())}))
    assert build.preparation_of("a-key") == PREPARED
    assert build.preparation_of("gone") == Preparation()


def test_the_flows_prepare_a_new_lab_as_their_steps_would(environment: Environment) -> None:
    wanted = environment.hypervisor
    prepared = read_preparation(preparation(wanted))
    files = dict(prepared.files)
    assert prepared.packages == SERVER_PACKAGES
    assert files[GRUB_FILE] == grub_file(wanted)
    daemons = files["/etc/default/xen"]
    assert with_daemons(daemons) == daemons, "the step finds nothing to write"
    running = {"xen_commandline": "placeholder " + " ".join(prepared.xen_options)}
    line = "placeholder root=LABEL=epos-lab-server ro " + " ".join(prepared.kernel_options)
    assert plan_hypervisor(running, line, wanted) == "", "the step finds nothing to reboot for"
