"""What runs on the server: virtual machines, applications, and the archive they read."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from deployments.part import ApplicationMemory, BootOptions, Memory, NameServers, Part, VCpus
from deployments.problem import wrong
from deployments.size import MiB, at_least
from deployments.text import (
    Address,
    AnyPath,
    Flag,
    InterfaceAddress,
    Name,
    Package,
    RelativePath,
    Suite,
    Variable,
    VariableValue,
)

Technique = Literal["vm", "container", "unikernel"]
Toolchain = Literal["linux", "unik", "kraft", "ops"]
GuestType = Literal["pv", "pvh"]
OnEvent = Literal["destroy", "restart", "preserve", "rename-restart"]
# Two thirds of what a Debian is given beside its application; see implied.SYSTEM_MEMORY.
MachineMemory = Annotated[
    Memory, AfterValidator(at_least(128 * MiB, "Debian does not start with less than 128 MiB"))
]
OnCrash = Literal[OnEvent, "coredump-destroy", "coredump-restart"]


class RootFileSystem(Part):
    """Where a domU's root file system comes from: mmdebstrap or a tarball."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["suite"]}, {"required": ["tarball"]}]}
    )

    suite: Suite | None = Field(
        default=None, description="Debian suite for mmdebstrap; instead of `tarball`."
    )
    tarball: AnyPath | None = Field(
        default=None,
        description="Tarball of a root file system, relative to this file; instead of `suite`.",
    )
    packages: Annotated[tuple[Package, ...], Field(max_length=256)] = Field(
        default=(),
        description="Debian packages on top of those the project needs itself; of `suite` only.",
    )
    engine: Flag = Field(
        default=True, description="Whether it has Docker Engine; of `suite` only, for containers."
    )

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.suite is None) == (self.tarball is None):
            found = "neither is there" if self.suite is None else "both are there"
            raise wrong(f"expected either `suite` or `tarball`, {found}", remedy="keep exactly one")
        return self


class DomU(Part):
    """A virtual machine on a logical volume."""

    name: Name = Field(description="Name of the domU, as Xen shows it.")
    volume: Name = Field(description="Logical volume of `storage` that is its disk.")
    memory: MachineMemory = Field(description="Memory, in whole MiB; at least 128 MiB.")
    vcpus: VCpus = Field(default=1, description="Number of virtual processors.")
    address: InterfaceAddress = Field(
        description="Its fixed IPv4 address with the prefix length of the network."
    )
    gateway: Address = Field(description="IPv4 address of its gateway.")
    dns: NameServers = Field(description="IPv4 addresses of one to three name servers.")
    root: RootFileSystem = Field(description="Where its root file system comes from.")
    kernel_options: BootOptions = Field(
        default=(), description="Further options of the command line of its kernel."
    )
    on_poweroff: OnEvent = Field(
        default="destroy", description="What Xen does when it shuts itself down."
    )
    on_reboot: OnEvent = Field(default="restart", description="What Xen does when it reboots.")
    on_crash: OnCrash = Field(default="restart", description="What Xen does when it crashes.")
    autostart: Flag = Field(default=True, description="Whether it starts with the server.")


class Application(Part):
    """An application and the technique that runs it."""

    name: Name = Field(description="Name of the application.")
    source: RelativePath = Field(
        description="Folder that holds its app.yaml, or the archive of a container image, "
        "relative to this file."
    )
    technique: Technique = Field(
        description="What runs it: vm (a domU of its own), container or unikernel."
    )
    domu: Name | None = Field(
        default=None,
        description="The domU that runs it: for containers; for vm its own, absent: one is made.",
    )
    toolchain: Toolchain | None = Field(
        default_factory=lambda seen: "linux" if seen.get("technique") == "unikernel" else None,
        description="What builds its image: linux (default), unik, kraft, ops; unikernels only.",
    )
    type: GuestType | None = Field(
        default_factory=lambda seen: _guest_type(seen.get("technique"), seen.get("toolchain")),
        description="How Xen runs its guest: pv, or pvh (default of ops); unikernels only.",
    )
    address: Address = Field(description="Its fixed IPv4 address; for vm that of the domU.")
    memory: ApplicationMemory | None = Field(
        default=None,
        description="Most memory it may use, in whole MiB, at least 8 MiB; absent: what its "
        "app.yaml says, for vm no own limit.",
    )
    vcpus: VCpus | None = Field(
        default_factory=lambda seen: 1 if seen.get("technique") == "unikernel" else None,
        description="Number of virtual processors; for containers and vm the most it may use, "
        "absent: all of its domU's.",
    )
    volumes: dict[Name, Name] = Field(
        default_factory=dict,
        max_length=64,
        description="Name used in app.yaml to volume: a logical volume of `storage`; for "
        "containers and vm another name is a Docker volume, or a folder, of the domU.",
    )
    environment: dict[Variable, VariableValue] = Field(
        default_factory=dict,
        max_length=256,
        description="Environment variables; never secrets, the deployment makes those.",
    )
    after: Annotated[tuple[Name, ...], Field(max_length=256)] = Field(
        default=(),
        description="Applications started before it; it waits itself for what it uses.",
    )
    start: Literal["cold", "restored"] = Field(
        default="cold",
        description="Boot it, or restore a saved guest that has already answered; unikernels only.",
    )


def _guest_type(technique: str | None, toolchain: str | None) -> GuestType | None:
    if technique != "unikernel":
        return None
    return "pvh" if toolchain == "ops" else "pv"


class Archive(Part):
    """The RINEX archive that indexGD reads."""

    volume: Name = Field(description="Logical volume of `storage` that carries the archive.")
    folder: AnyPath = Field(
        description="Folder with the files, relative to this file; where there is none, "
        "a sample archive is generated."
    )
