"""The command line of a guest's kernel: how PID 1 learns its address and settings.

Never put a secret here: the line is readable in the host's domain configuration, in
Xenstore's and libvirt's records and in the guest's /proc/cmdline, by every process. A secret
belongs into a file on a volume that only this guest is given (`volumes`, read-only), whose
path the application takes from its environment.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence

from errors import WrongInput
from toolchains.interface import GuestVolume, Image

# Xen's PV start info holds 1024 bytes, the last of which is a zero (xen/include/public/xen.h,
# MAX_GUEST_CMDLINE). Longer ones are cut without a word.
MOST_BYTES = 1023
# What may stand as it is in a word of the kernel's command line, which is cut at blanks and
# in which quotes have a meaning.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:,=+@")


# With persistent grants a guest keeps 4 MB of memory aside for every disk it has.
_LEAN_DISKS = "xen_blkfront.feature_persistent=0"


def encoded(value: str) -> str:
    """Percent-encode a value as init decodes it: UTF-8, every byte that is not plain."""
    if "\0" in value:
        raise WrongInput("a setting holds a zero byte", remedy="remove it")
    return "".join(chr(byte) if chr(byte) in _PLAIN else f"%{byte:02X}" for byte in value.encode())


def kernel_words(image: Image, *, root_device: str, console: str) -> list[str]:
    """Give what the kernel itself needs to know."""
    # panic=-1: a guest that panics ends at once, so that its toolstack sees it.
    words = [f"console={console}", "quiet", "panic=-1", _LEAN_DISKS]
    device = root_device if image.root_kind == "block" else "/dev/ram0"
    return [*words, f"root={device}", "rootfstype=squashfs", "ro", "init=/init"]


def command_line(
    image: Image,
    *,
    address: str | None,
    gateway: str | None,
    environment: Mapping[str, str],
    volumes: Sequence[GuestVolume],
    arguments: Sequence[str],
    nameservers: Sequence[str] = (),
    root_device: str = "/dev/xvda",
    console: str = "hvc0",
    watch: bool = False,
) -> str:
    """Give the kernel's command line.

    Args:
        image: what is started.
        address: IPv4 address with its prefix length, such as 10.0.7.210/24; None for no network.
        gateway: address of the default route, or None.
        environment: variables of the application; they win over those of app.yaml.
        volumes: block devices to mount.
        arguments: appended to the application's own.
        nameservers: addresses for /etc/resolv.conf.
        root_device: where the root is, for an image whose root is a block device.
        console: hvc0 under Xen, ttyS0 in QEMU.
        watch: let init report when the application listens on its port; it looks every 5 ms.

    Raises:
        WrongInput: an address is none, or the line exceeds what Xen passes on.
    """
    words = kernel_words(image, root_device=root_device, console=console)
    if address is not None:
        words.append(f"epos.address={_checked(address, interface=True)}")
    if gateway is not None:
        words.append(f"epos.gateway={_checked(gateway)}")
    if nameservers:
        words.append("epos.dns=" + ",".join(_checked(server) for server in nameservers))
    if watch and image.port:
        words.append(f"epos.watch={image.port}")
    words += (_volume(volume) for volume in volumes)
    words += (_variable(name, value) for name, value in environment.items())
    words += (f"epos.arg={encoded(argument)}" for argument in arguments)
    line = " ".join(words)
    if len(line) > MOST_BYTES:
        longest = max(words, key=len)
        raise WrongInput(
            f"{image.name}: the kernel command line has {len(line)} bytes, Xen passes {MOST_BYTES}",
            seen=f"longest: {longest[:60]}... ({len(longest)} bytes)",
            remedy="put large settings into a file on a volume, or defaults into app.yaml",
        )
    return line


def _volume(volume: GuestVolume) -> str:
    for part in (volume.device, volume.mount_point):
        if ":" in part:
            raise WrongInput(f"volume {part!r} holds a colon", remedy="choose another path")
    mode = ":ro" if volume.read_only else ""
    return f"epos.volume={encoded(volume.device)}:{encoded(volume.mount_point)}{mode}"


def _variable(name: str, value: str) -> str:
    if not name.isidentifier() or not name.isascii():
        raise WrongInput(
            f"{name!r} is not a name of an environment variable",
            remedy="letters, digits and underscores, not starting with a digit",
        )
    return f"epos.env.{name}={encoded(value)}"


def _checked(address: str, *, interface: bool = False) -> str:
    try:
        if interface:
            return ipaddress.IPv4Interface(address).with_prefixlen
        return str(ipaddress.IPv4Address(address))
    except ValueError as error:
        raise WrongInput(
            f"{address!r} is not an IPv4 address{' with prefix length' if interface else ''}",
            seen=str(error),
            remedy="write it like 10.0.7.210/24" if interface else "write it like 10.0.7.1",
        ) from None
