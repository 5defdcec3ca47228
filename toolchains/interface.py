"""What every toolchain takes and gives: an application, an image of it, how to start that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from deployments.app_yaml import Described

Runtime = Literal["python", "java", "perl", "binary", "image"]
RootKind = Literal["initramfs", "block"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Application(Described):
    """What app.yaml says of an application, and where it lies; nothing of how it runs."""

    folder: Path = Field(description="folder of app.yaml and the sources, absolute")
    port: int = Field(ge=0, le=65535, description="TCP port it answers on; 0: on none")

    @property
    def requirements_file(self) -> Path | None:
        """Its pip requirements, or list of Debian or CPAN packages."""
        return self.folder / self.requirements if self.requirements else None

    @property
    def required(self) -> str:
        """What that file says; nothing without one."""
        return file.read_text(encoding="utf-8") if (file := self.requirements_file) else ""


class Image(_Model):
    """A bootable image of an application: two files and what is in them."""

    name: str = Field(description="name of the application")
    key: str = Field(description="SHA-256 over all that went into it")
    toolchain: str = Field(description="what built it")
    runtime: str = Field(description="runtime and its version")
    kernel: Path = Field(
        description="kernel, what it boots as is in `describe`; of a hosting toolchain the "
        "record of what its daemon keeps, never sent"
    )
    root: Path = Field(description="root file system; root_kind says how it reaches the guest")
    root_kind: RootKind = Field(
        description="how the root reaches the guest: as a ramdisk, or as a block device"
    )
    size_bytes: int = Field(description="bytes a host must hold for it: kernel plus root")
    port: int = Field(description="TCP port it answers on; 0: on none")
    packages: Mapping[str, str] = Field(description="package to version: what it was built from")
    built: bool = Field(description="whether this call built it, rather than found it")


class GuestVolume(_Model):
    """A block device as the guest sees it, and where it goes."""

    device: str = Field(description="/dev/xvdb under Xen, /dev/vdb in QEMU")
    mount_point: str = Field(description="absolute path in the guest")
    read_only: bool = Field(default=False, description="whether writes are refused")


class GuestSettings(_Model):
    """What a guest is told as it starts."""

    address: str | None = Field(
        default=None, description="IPv4 address with prefix length: 10.0.7.210/24; None: no network"
    )
    gateway: str | None = Field(default=None, description="address of the default route")
    environment: Mapping[str, str] = Field(
        default_factory=dict, description="variables; they win over those of app.yaml"
    )
    volumes: tuple[GuestVolume, ...] = Field(default=(), description="block devices to mount")
    arguments: tuple[str, ...] = Field(default=(), description="after the application's own")
    nameservers: tuple[str, ...] = Field(default=(), description="addresses for /etc/resolv.conf")
    root_device: str = Field(
        default="/dev/xvda", description="where the root is, if that is a block device"
    )
    console: str = Field(default="hvc0", description="hvc0 under Xen, ttyS0 in QEMU")
    watch: bool = Field(
        default=False, description="init tells when the application listens; it looks every 5 ms"
    )


class Toolchain(Protocol):
    """What a toolchain's module offers."""

    name: str
    summary: str

    def look(self, application: Application, cache: Path) -> Image | None:
        """Give the image that was built of this content; None where `build` would make one.

        It makes and writes nothing, here or elsewhere.
        """

    def build(self, application: Application, cache: Path) -> Image:
        """Build the image, or give the one in the cache when nothing it is made of changed."""

    def command_line(self, image: Image, settings: GuestSettings) -> str:
        """Give the command line of the guest's kernel.

        Raises:
            WrongInput: a setting cannot be told to it, or the line exceeds what Xen passes on.
        """

    def describe(self, image: Image) -> dict[str, object]:
        """Say what is in an image, for people and for JSON."""


@runtime_checkable
class DirectToolchain(Toolchain, Protocol):
    """A toolchain whose applications also run without a guest, for comparison."""

    run_directly: str
    """A Python program that runs an image's application on a server; its docstring says how."""
