"""Toolchains: from an application's sources to an image that a hypervisor boots."""

from __future__ import annotations

from collections.abc import Mapping

from errors import WrongInput
from spelling import did_you_mean
from toolchains import kraft, linux, ops, unik
from toolchains.application import read_application
from toolchains.hosting import HostedInstance, HostingToolchain
from toolchains.interface import (
    Application,
    DirectToolchain,
    GuestSettings,
    GuestVolume,
    Image,
    Toolchain,
)

__all__ = [
    "TOOLCHAINS",
    "Application",
    "DirectToolchain",
    "GuestSettings",
    "GuestVolume",
    "HostedInstance",
    "HostingToolchain",
    "Image",
    "Toolchain",
    "read_application",
    "toolchain",
]

TOOLCHAINS: Mapping[str, Toolchain] = {
    "linux": linux,
    "unik": unik,
    "kraft": kraft,
    "ops": ops,
}


def toolchain(name: str) -> Toolchain:
    """Give a toolchain by the name an environment uses for it.

    Raises:
        WrongInput: there is none of that name.
    """
    if name not in TOOLCHAINS:
        raise WrongInput(f"there is no toolchain {name!r}", remedy=did_you_mean(name, TOOLCHAINS))
    return TOOLCHAINS[name]
