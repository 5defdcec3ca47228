"""Root file systems of domUs: from Debian's packages or a tarball, to a small ext4 image.

What takes long, a root's files, is kept; the image is made of them when it is written.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployments.model import DomU
from errors import EposVirtError
from runs.child import run
from runs.looking import about_to_make
from runs.telling import tell
from state import made_beside, state_folder, state_place
from tasks.content import file_key, key_of
from tasks.package_list import list_key

RECIPE = 1  # raise it when the way roots are made changes
FILES = Path(__file__).parent / "files"
ENGINE_PACKAGES = ("docker.io", "docker-cli", "docker-compose", "crun", "iptables")
PACKAGES = (
    "systemd-sysv",
    "udev",
    "linux-image-cloud-amd64",
    "openssh-server",
    "ifupdown",
    "iproute2",
    "socat",  # carries the engine's socket over SSH
    "docker.io",
    "docker-cli",
    "docker-compose",
    "crun",  # starts a container in half the time that runc takes
    "iptables",
)
# What a machine without a person before it does not need; dpkg leaves it out while unpacking.
LEFT_OUT = (
    "/usr/share/doc/*",
    "/usr/share/man/*",
    "/usr/share/locale/*",
    "/usr/share/info/*",
    "/usr/lib/udev/hwdb*",
    "/usr/bin/ctr",  # 60 MB of containerd's tools that Docker never calls
    "/usr/bin/containerd-shim",
    "/usr/bin/containerd-shim-runc-v1",
    "/etc/ssh/moduli",
)
TAR = ("--zstd", "--numeric-owner", "--xattrs", "--xattrs-include=*")
# Of no other disk: a server that boots by a label must not find its own on a domU's volume.
LABEL = "epos-domu-root"
MARGIN = 1.25  # image size over what is in it: inodes, journal, room for the first boot


@dataclass(frozen=True)
class Identity:
    """What makes a domU this one: its SSH host key and who may log in.

    Args:
        host_key: private SSH host key file; its public half is pinned in `known_hosts`.
        authorized: public key of the user who may log in as root.
        known_hosts: file that pins the host key under the domU's address.
    """

    host_key: Path
    authorized: str
    known_hosts: Path


def make_identity(environment: str, domu: DomU, authorized: str) -> Identity:
    """Give the domU's SSH identity, made once for each environment and kept."""
    folder = state_place("domus", environment, domu.name)
    key = folder / "ssh_host_ed25519_key"
    if not key.exists():
        about_to_make(f"the SSH identity of {domu.name}")
        state_folder("domus", environment, domu.name)
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", domu.name, "-f", str(key))
    kind, public, *_ = key.with_suffix(".pub").read_text().split()
    known_hosts = folder / "known_hosts"
    pinned = f"{domu.address.ip} {kind} {public}\n"
    if not known_hosts.exists() or known_hosts.read_text() != pinned:
        about_to_make(f"the SSH identity of {domu.name} at {domu.address.ip}")
        known_hosts.write_text(pinned)
    return Identity(key, authorized.strip(), known_hosts)


def root_key(domu: DomU, identity: Identity) -> str:
    """Hash all that goes into a domU's root file system."""
    origin = file_key(domu.root.tarball) if domu.root.tarball else domu.root.suite
    files = {
        str(path.relative_to(FILES)): (
            str(path.readlink()) if path.is_symlink() else path.read_text()
        )
        for path in sorted(FILES.rglob("*"))
        if path.is_symlink() or path.is_file()
    }
    return key_of(
        RECIPE,
        origin,
        packages_of(domu),
        domu.root.packages,
        files,
        domu.name,
        domu.address,
        domu.gateway,
        domu.dns,
        domu.kernel_options,
        identity.authorized,
        identity.host_key.with_suffix(".pub").read_text(),
        *(() if domu.root.tarball else list_key()),
    )


def packages_of(domu: DomU) -> tuple[str, ...]:
    """List what the project needs in a domU."""
    if domu.root.engine:
        return PACKAGES
    return tuple(package for package in PACKAGES if package not in ENGINE_PACKAGES)


def kept_root(domu: DomU, identity: Identity) -> Path:
    """Give where the built files of a domU's root are kept; they may not be there yet."""
    return state_place("roots") / f"{domu.name}-{root_key(domu, identity)}.tar.zst"


def build_root(domu: DomU, identity: Identity) -> Path:
    """Build the files of a domU's root, or give those kept.

    Returns:
        `ROOT.tar.zst`: all of its files, with owners, devices and extended attributes.

    Raises:
        EposVirtError: the packages could not be had (transient), or a tool is missing.
    """
    kept = kept_root(domu, identity)
    if kept.exists():
        return kept
    state_folder("roots")
    with _scratch(kept.parent) as scratch, made_beside(kept) as packed:
        root = scratch / "root"
        if domu.root.tarball:
            tell(f"unpacking {domu.root.tarball.name}")
            root.mkdir()
            _run("tar", "-xf", str(domu.root.tarball), "-C", str(root), "--numeric-owner")
        else:
            tell(f"installing Debian {domu.root.suite} with mmdebstrap")
            _debootstrap(domu, root)
        tell("packing its files")
        customize(root, domu, identity)
        _run("tar", *TAR, "-C", str(root), "-cf", str(packed), ".")
    return kept


@contextmanager
def root_image(kept: Path, fill: Callable[[Path], object]) -> Iterator[Path]:
    """Make the image of a root from its kept files; it is gone afterwards.

    Args:
        kept: the files, as `build_root` gives them.
        fill: puts more into the root folder that it is given.

    Yields:
        `root.ext4.zst`: an ext4 file system, labelled as its own fstab has it, just large enough
        for its content; it is grown to its volume on the server.
    """
    with _scratch(kept.parent) as scratch:
        root = scratch / "root"
        root.mkdir()
        _run("tar", *TAR, "-C", str(root), "-xpf", str(kept))
        fill(root)
        image = scratch / "root.ext4"
        make_ext4(root, image)
        _run("zstd", "-q", "-1", "-T0", "--rm", str(image))
        yield image.with_suffix(".ext4.zst")


def _debootstrap(domu: DomU, root: Path) -> None:
    upload = f"copy-in {FILES}/initramfs-tools /etc"
    _run(
        *("mmdebstrap", "--quiet", "--variant=minbase", "--format=directory"),
        *(f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT),
        # Debian's initramfs holds every driver; a PV guest needs two.
        *("--essential-hook=" + upload,),
        "--include=" + ",".join((*packages_of(domu), *domu.root.packages)),
        str(domu.root.suite),
        str(root),
        transient=True,
    )


def customize(root: Path, domu: DomU, identity: Identity) -> None:
    """Write name, network (listing 4.2), boot menu and SSH identity into a root folder."""
    _copy_files(root)
    _write(root / "etc/hostname", f"{domu.name}\n")
    _write(root / "etc/hosts", f"127.0.0.1 localhost\n{domu.address.ip} {domu.name}\n")
    _write(root / "etc/fstab", f"LABEL={LABEL} / ext4 errors=remount-ro,noatime 0 1\n")
    _write(root / "etc/resolv.conf", "".join(f"nameserver {a}\n" for a in domu.dns))
    _write_network(root, domu)
    _write_boot_menu(root, domu)
    ssh = root / "etc/ssh"
    for key in ssh.glob("ssh_host_*"):
        key.unlink()
    shutil.copy(identity.host_key, ssh / "ssh_host_ed25519_key")
    shutil.copy(identity.host_key.with_suffix(".pub"), ssh / "ssh_host_ed25519_key.pub")
    _write(root / "root/.ssh/authorized_keys", identity.authorized + "\n", 0o600)
    (root / "root/.ssh").chmod(0o700)


def _copy_files(root: Path) -> None:
    """Copy our files over a root; what is there of the same name goes, links included."""
    for file in sorted((FILES / "root").rglob("*")):
        target = root / file.relative_to(FILES / "root")
        if file.is_dir() and not file.is_symlink():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.unlink(missing_ok=True)
        shutil.copy2(file, target, follow_symlinks=False)


def _newest_last(kernel: Path) -> list[tuple[int, str]]:
    """Order kernels by the numbers in their names: 6.12.117 is newer than 6.12.48."""
    return [(int(part or 0), text) for part, text in re.findall(r"(\d*)(\D*)", kernel.name)]


def _write_network(root: Path, domu: DomU) -> None:
    address = domu.address
    if (root / "etc/sysconfig/network-scripts").is_dir():  # CentOS, as in the thesis
        dns = "".join(f"DNS{n}={server}\n" for n, server in enumerate(domu.dns, 1))
        _write(
            root / "etc/sysconfig/network-scripts/ifcfg-eth0",
            "DEVICE=eth0\nBOOTPROTO=none\nONBOOT=yes\nDEFROUTE=yes\n"
            f"IPADDR={address.ip}\nPREFIX={address.network.prefixlen}\n"
            f"GATEWAY={domu.gateway}\n{dns}",
        )
        return
    _write(
        root / "etc/network/interfaces",
        "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet static\n"
        f"    address {address}\n    gateway {domu.gateway}\n",
    )


def _write_boot_menu(root: Path, domu: DomU) -> None:
    """Write the menu that pygrub reads, for the newest kernel of the root."""
    kernels = sorted((root / "boot").glob("vmlinuz-*"), key=_newest_last)
    if not kernels:
        raise EposVirtError(
            f"the root file system of {domu.name} has no kernel in /boot",
            remedy="use a tarball of a system that boots by itself, or `root: {suite: trixie}`",
        )
    version = kernels[-1].name.removeprefix("vmlinuz-")
    initrds = [f"initrd.img-{version}", f"initramfs-{version}.img"]
    initrd = next((name for name in initrds if (root / "boot" / name).exists()), initrds[0])
    options = " ".join(
        (
            f"root=LABEL={LABEL}",
            "ro",
            "console=hvc0",
            "net.ifnames=0",
            "quiet",
            *domu.kernel_options,
        )
    )
    _write(
        root / "boot/grub/grub.cfg",
        f"menuentry '{domu.name}' {{\n"
        f"    linux /boot/{kernels[-1].name} {options}\n    initrd /boot/{initrd}\n}}\n",
    )


def make_ext4(root: Path, image: Path) -> None:
    """Make an ext4 image just large enough for a folder; needs no mount and no loop device."""
    used = int(_run("du", "-s", "--block-size=1", str(root)).split()[0])
    size = int(used * MARGIN) + 64 * 2**20
    with image.open("wb") as file:
        file.truncate(size // 4096 * 4096)
    # No 64bit, metadata_csum_seed and orphan_file: the pygrub of older servers refuses them.
    features = "^orphan_file,^metadata_csum_seed"
    label = label_of(root)
    _run(*("mke2fs", "-q", "-t", "ext4", "-L", label, "-O", features), "-d", str(root), str(image))


def label_of(root: Path) -> str:
    """Give the label by which a root mounts itself: one that was kept may have an older."""
    fstab = root / "etc/fstab"
    text = fstab.read_text() if fstab.is_file() else ""
    found = re.search(r"^LABEL=(\S+)\s+/\s", text, re.MULTILINE)
    return found[1] if found else LABEL


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # a link of the root would lead out of it, to this machine's
    path.write_text(text)
    path.chmod(mode)


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """Give a folder on the same file system as the result, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(*argv: str, transient: bool = False) -> str:
    remedy = "is this root, and does this machine reach its package mirror?"
    return run(*argv, remedy=remedy, transient=transient)
