"""The command line of a guest's kernel: how PID 1 learns its address and settings.

Never put a secret here: the line is readable in the host's domain configuration, in
Xenstore's and libvirt's records and in the guest's /proc/cmdline, by every process. A secret
belongs into a file on a volume that only this guest is given (`volumes`, read-only), whose
path the application takes from its environment.
"""

from __future__ import annotations

import ipaddress

from errors import WrongInput
from toolchains.interface import GuestSettings, GuestVolume, Image

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


def command_line(image: Image, settings: GuestSettings) -> str:
    """Give the kernel's command line.

    Raises:
        WrongInput: an address is none, or the line exceeds what Xen passes on.
    """
    words = kernel_words(image, root_device=settings.root_device, console=settings.console)
    if settings.address is not None:
        words.append(f"epos.address={_checked(settings.address, interface=True)}")
    if settings.gateway is not None:
        words.append(f"epos.gateway={_checked(settings.gateway)}")
    if settings.nameservers:
        words.append("epos.dns=" + ",".join(_checked(server) for server in settings.nameservers))
    if settings.watch and image.port:
        words.append(f"epos.watch={image.port}")
    words += (_volume(volume) for volume in settings.volumes)
    words += (_variable(name, value) for name, value in settings.environment.items())
    words += (f"epos.arg={encoded(argument)}" for argument in settings.arguments)
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
