"""What a toolchain offers that starts its instances itself, and what it says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from toolchains.interface import Image, Toolchain


class HostedInstance(BaseModel):
    """An instance as the toolchain's daemon knows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="name it was started with")
    identity: str = Field(description="what the daemon calls it; UniK on Xen: the domain's number")
    image: str = Field(description="the daemon's name of its image")
    address: str = Field(description="IPv4 address it really has; empty where nobody knows it")
    state: str = Field(description="what the daemon noted last; UniK never looks again")


@runtime_checkable
class HostingToolchain(Toolchain, Protocol):
    """A toolchain whose daemon keeps the images and starts the instances."""

    def kept_as(self, image: Image) -> str:
        """Give the daemon's name of an image, as in `HostedInstance.image`.

        It begins with `epos-`, the application's name in upper or lower case, and `-`.
        """

    def start(
        self,
        image: Image,
        *,
        instance: str,
        memory: int,
        address: str | None,
        volumes: Mapping[str, str],
        environment: Mapping[str, str],
    ) -> HostedInstance:
        """Start an instance.

        Args:
            image: what `build` gave.
            instance: its name.
            memory: bytes.
            address: IPv4 address it should get; what it got is in the result.
            volumes: mount point to the daemon's volume.
            environment: variables of the application.
        """

    def instances(self) -> Sequence[HostedInstance]:
        """Give all instances the daemon knows, also those that are not ours."""

    def logs(self, instance: HostedInstance) -> str:
        """Give what the instance printed."""

    def stop(self, instance: HostedInstance) -> None:
        """End it; its image and its volumes stay."""

    def remove(self, instance: HostedInstance) -> None:
        """End it where it runs, and forget it; its image and its volumes stay."""
