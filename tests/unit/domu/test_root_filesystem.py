"""The root of a domU: its files are written for its system, its key tells every difference."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from deployments.model import DomU, Environment, RootFileSystem
from errors import EposVirtError
from lab.recipe import ROOT_LABEL
from runs.telling import told_to
from tasks.domu import root_filesystem
from tasks.domu.root_filesystem import (
    Identity,
    build_root,
    customize,
    kept_root,
    label_of,
    make_ext4,
    make_identity,
    root_key,
)
from tests import needs

pytestmark = pytest.mark.usefixtures("own_state")


@pytest.fixture
def domu(environment: Environment) -> DomU:
    return environment.domu("centos7-VM")


@pytest.fixture
def identity(tmp_path: Path) -> Identity:
    key = tmp_path / "ssh_host_ed25519_key"
    key.write_text("PRIVATE\n")
    key.with_suffix(".pub").write_text("ssh-ed25519 PUBLIC centos7-VM\n")
    return Identity(key, "ssh-ed25519 OPERATOR", tmp_path / "known_hosts")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Promise a root as mmdebstrap leaves it, with two kernels."""
    folder = tmp_path / "root"
    for part in ("boot", "etc/ssh", "root"):
        (folder / part).mkdir(parents=True)
    for version in ("6.12.48+deb13-cloud-amd64", "6.12.117+deb13-cloud-amd64"):
        (folder / f"boot/vmlinuz-{version}").touch()
        (folder / f"boot/initrd.img-{version}").touch()
    (folder / "etc/ssh/ssh_host_rsa_key").write_text("everybody's\n")
    (folder / "etc/resolv.conf").symlink_to("/run/resolvconf/resolv.conf")
    return folder


def test_a_root_gets_its_name_and_the_network_of_listing_4_2(
    root: Path, domu: DomU, identity: Identity
) -> None:
    customize(root, domu, identity)
    assert (root / "etc/hostname").read_text() == "centos7-VM\n"
    assert "10.0.7.200 centos7-VM" in (root / "etc/hosts").read_text()
    network = (root / "etc/network/interfaces").read_text()
    assert network.split("auto eth0\n")[1] == (
        "iface eth0 inet static\n    address 10.0.7.200/24\n    gateway 10.0.7.1\n"
    )
    resolver = root / "etc/resolv.conf"
    assert not resolver.is_symlink()
    assert resolver.read_text() == "nameserver 10.0.7.3\n"
    assert (root / "etc/fstab").read_text().startswith("LABEL=epos-domu-root / ext4 ")


def test_a_centos_root_gets_its_own_network_file(
    root: Path, domu: DomU, identity: Identity
) -> None:
    (root / "etc/sysconfig/network-scripts").mkdir(parents=True)
    customize(root, domu, identity)
    file = root / "etc/sysconfig/network-scripts/ifcfg-eth0"
    assert file.read_text().splitlines() == [
        "DEVICE=eth0",
        "BOOTPROTO=none",
        "ONBOOT=yes",
        "DEFROUTE=yes",
        "IPADDR=10.0.7.200",
        "PREFIX=24",
        "GATEWAY=10.0.7.1",
        "DNS1=10.0.7.3",
    ]
    assert not (root / "etc/network/interfaces").exists()


def test_only_the_pinned_host_key_and_the_operator_s_key_are_in_a_root(
    root: Path, domu: DomU, identity: Identity
) -> None:
    customize(root, domu, identity)
    ssh = root / "etc/ssh"
    assert sorted(key.name for key in ssh.glob("ssh_host_*")) == [
        "ssh_host_ed25519_key",
        "ssh_host_ed25519_key.pub",
    ]
    allowed = root / "root/.ssh/authorized_keys"
    assert allowed.read_text() == "ssh-ed25519 OPERATOR\n"
    assert allowed.stat().st_mode & 0o777 == 0o600
    assert allowed.parent.stat().st_mode & 0o777 == 0o700


def test_the_private_host_key_stays_private(root: Path, domu: DomU, identity: Identity) -> None:
    identity.host_key.chmod(0o600)
    customize(root, domu, identity)
    assert (root / "etc/ssh/ssh_host_ed25519_key").stat().st_mode & 0o077 == 0


def test_the_boot_menu_starts_the_newest_kernel(root: Path, domu: DomU, identity: Identity) -> None:
    customize(root, domu, identity)
    menu = (root / "boot/grub/grub.cfg").read_text()
    assert "linux /boot/vmlinuz-6.12.117+deb13-cloud-amd64 root=LABEL=epos-domu-root ro " in menu
    assert "console=hvc0 net.ifnames=0 quiet mitigations=off\n" in menu
    assert "initrd /boot/initrd.img-6.12.117+deb13-cloud-amd64\n" in menu


def test_the_boot_menu_knows_the_initrd_of_centos(
    root: Path, domu: DomU, identity: Identity
) -> None:
    shutil.rmtree(root / "boot")
    (root / "boot").mkdir()
    for name in ("vmlinuz-3.10.0-1160.el7.x86_64", "initramfs-3.10.0-1160.el7.x86_64.img"):
        (root / "boot" / name).touch()
    customize(root, domu, identity)
    menu = (root / "boot/grub/grub.cfg").read_text()
    assert "initrd /boot/initramfs-3.10.0-1160.el7.x86_64.img\n" in menu


def test_a_root_without_a_kernel_is_refused(root: Path, domu: DomU, identity: Identity) -> None:
    shutil.rmtree(root / "boot")
    with pytest.raises(EposVirtError, match="has no kernel in /boot"):
        customize(root, domu, identity)


def test_customizing_twice_changes_nothing(root: Path, domu: DomU, identity: Identity) -> None:
    def content() -> dict[str, bytes]:
        files = (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
        return {str(path): path.read_bytes() for path in files}

    customize(root, domu, identity)
    before = content()
    customize(root, domu, identity)
    assert content() == before


@pytest.mark.parametrize(
    "other",
    [
        {"name": "another"},
        {"gateway": "10.0.7.254"},
        {"dns": ("8.8.8.8",)},
        {"address": "10.0.7.199/24"},
        {"kernel_options": ()},
        {"root": RootFileSystem.model_validate({"suite": "bookworm"})},
        {"root": RootFileSystem.model_validate({"suite": "trixie", "packages": ["htop"]})},
    ],
)
def test_the_key_changes_with_the_domu(
    domu: DomU, identity: Identity, other: dict[str, Any]
) -> None:
    before = root_key(domu, identity)
    assert root_key(domu, identity) == before
    assert root_key(domu.model_copy(update=other), identity) != before


def test_the_key_changes_with_who_may_log_in(
    domu: DomU, identity: Identity, tmp_path: Path
) -> None:
    before = root_key(domu, identity)
    assert root_key(domu, Identity(identity.host_key, "another", tmp_path)) != before
    identity.host_key.with_suffix(".pub").write_text("ssh-ed25519 OTHER\n")
    assert root_key(domu, identity) != before


def test_the_key_changes_with_the_recipe(
    domu: DomU, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = root_key(domu, identity)
    monkeypatch.setattr(root_filesystem, "PACKAGES", (*root_filesystem.PACKAGES, "vim"))
    assert root_key(domu, identity) != before


def test_the_key_changes_with_the_bytes_of_a_tarball(
    domu: DomU, identity: Identity, tmp_path: Path
) -> None:
    tarball = tmp_path / "centos7.tar"
    tarball.write_bytes(b"one")
    root = RootFileSystem.model_construct(suite=None, tarball=tarball, packages=())
    given = domu.model_copy(update={"root": root})
    before = root_key(given, identity)
    tarball.write_bytes(b"two")
    assert root_key(given, identity) != before


def test_a_kept_root_is_given_without_building(domu: DomU, identity: Identity) -> None:
    kept = kept_root(domu, identity)
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"built before")
    said: list[str] = []
    with told_to(said.append):
        assert build_root(domu, identity) == kept
    assert said == []


def test_a_domu_keeps_its_identity(environment: Environment, domu: DomU) -> None:
    first = make_identity(environment.name, domu, "ssh-ed25519 OPERATOR\n")
    key = first.host_key.read_bytes()
    assert make_identity(environment.name, domu, "ssh-ed25519 OPERATOR\n") == first
    assert first.host_key.read_bytes() == key
    assert first.host_key.stat().st_mode & 0o077 == 0
    kind, public, *_ = first.host_key.with_suffix(".pub").read_text().split()
    assert first.known_hosts.read_text() == f"10.0.7.200 {kind} {public}\n"


def test_an_image_holds_the_folder_and_the_label(tmp_path: Path) -> None:
    debugfs = needs.program("debugfs", package="e2fsprogs")
    dumpe2fs = needs.program("dumpe2fs", package="e2fsprogs")
    folder, image = tmp_path / "folder", tmp_path / "image"
    folder.mkdir()
    (folder / "hello").write_text("world\n")
    make_ext4(folder, image)
    said = subprocess.run(
        [debugfs, "-R", "cat /hello", image], check=True, capture_output=True, text=True
    )
    assert said.stdout == "world\n"
    told = subprocess.run([dumpe2fs, "-h", image], check=True, capture_output=True, text=True)
    label = told.stdout.split("Filesystem volume name:")[1].splitlines()[0].strip()
    assert label == "epos-domu-root"
    (folder / "etc").mkdir()
    (folder / "etc/fstab").write_text("LABEL=root / ext4 noatime 0 1\n")
    assert label_of(folder) == "root", "a root that an earlier version kept mounts itself by that"
    assert label != ROOT_LABEL, "a rebooted lab took a domU's volume for its own root"
    for feature in ("orphan_file", "metadata_csum_seed"):
        assert feature not in told.stdout
