"""A kernel's command line that Xen passes on whole, and values that survive being cut at blanks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from errors import WrongInput
from toolchains.interface import GuestVolume, Image
from toolchains.linux.commandline import MOST_BYTES


def whole_line(image: Image, words: Sequence[str]) -> str:
    """Join words to a command line.

    Raises:
        WrongInput: it exceeds what Xen passes on.
    """
    line = " ".join(words)
    if len(line.encode()) > MOST_BYTES:
        longest = max(words, key=len)
        raise WrongInput(
            f"{image.name}: the kernel command line has {len(line.encode())} bytes, "
            f"Xen passes {MOST_BYTES}",
            seen=f"longest: {longest[:60]}... ({len(longest)} bytes)",
            remedy="write defaults into the image instead of the environment",
        )
    return line


def refuse_characters(environment: Mapping[str, str], characters: str, kernel: str) -> None:
    """Refuse variables whose values a kernel's command line cannot carry.

    Args:
        environment: the variables.
        characters: what no value may have, besides control characters.
        kernel: whose command line it is, for the error.
    """
    for name, value in environment.items():
        wrong = sorted({one for one in value if one in characters or not one.isprintable()})
        if wrong:
            raise WrongInput(
                f"{name}: {kernel} cannot be given this value on its command line",
                seen=f"it has {' '.join(map(repr, wrong))}",
                remedy="choose another value, or toolchain linux, which takes any",
            )


def refuse_volumes(image: Image, volumes: Sequence[GuestVolume], because: str) -> None:
    """Refuse block devices for a kernel that cannot mount them.

    Args:
        image: what they are for.
        volumes: the devices.
        because: what the kernel can do instead.
    """
    if volumes:
        raise WrongInput(
            f"{image.name}: toolchain {image.toolchain} cannot mount {volumes[0].mount_point}",
            seen=because,
            remedy="choose toolchain linux for an application with volumes",
        )
