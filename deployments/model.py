"""An environment: a server, its network and volumes, its machines and its applications."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from deployments.problem import did_you_mean, refused, wrong
from deployments.size import Size, whole_extents, whole_mebibytes
from deployments.text import (
    Address,
    AnyPath,
    BootOption,
    Count,
    Device,
    Flag,
    Host,
    InterfaceAddress,
    InterfaceName,
    Name,
    Package,
    RelativePath,
    Suite,
    User,
    UserPath,
    Variable,
    VariableValue,
    check_version,
)
from errors import WrongInput

Technique = Literal["vm", "container", "unikernel"]
Toolchain = Literal["linux", "unik", "kraft", "ops"]
OnEvent = Literal["destroy", "restart", "preserve", "rename-restart"]

Memory = Annotated[Size, AfterValidator(whole_mebibytes)]
VolumeSize = Annotated[Size, AfterValidator(whole_extents)]
BootOptions = Annotated[tuple[BootOption, ...], Field(max_length=64)]
NameServers = Annotated[tuple[Address, ...], Field(min_length=1, max_length=3)]
Version = Annotated[Literal[1], BeforeValidator(check_version)]
VCpus = Annotated[Count, Field(ge=1, le=128)]


Thing = TypeVar("Thing", "DomU", "Application", "Volume")


class Part(BaseModel):
    """What all parts have in common: frozen, nothing unknown, written under their file names."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class Ssh(Part):
    """How the server is reached."""

    host: Host = Field(description="Host name or address the server answers SSH on.")
    port: Annotated[Count, Field(ge=1, le=65535)] = Field(
        default=22, description="TCP port of the SSH server."
    )
    user: User = Field(default="root", description="User to log in as; needs root's rights.")
    key: UserPath = Field(description="Private key file, mode 0600; `~` is your home folder.")
    known_hosts: UserPath = Field(
        description="File with the server's host key; an unknown or changed key is refused."
    )

    @model_validator(mode="after")
    def _is_another_machine(self) -> Self:
        loopback = self.host.lower() in {"localhost", "::1"} or self.host.startswith("127.")
        if loopback and self.port == 22:
            error = wrong(
                "this is the machine you are working on, not a server",
                remedy="write the server's address, or the port of a tunnel to it",
            )
            raise refused("ssh", [(("host",), error)])
        return self


class Server(Part):
    """The machine that carries everything: an own one by SSH, or the embedded lab."""

    name: Name = Field(description="Name of the server, as reports and messages show it.")
    lab: Name | None = Field(
        default=None, description="Name of the embedded lab that is the server; instead of `ssh`."
    )
    ssh: Ssh | None = Field(default=None, description="How to reach the server; instead of `lab`.")

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        if (self.lab is None) == (self.ssh is None):
            found = "neither is there" if self.lab is None else "both are there"
            raise wrong(f"expected either `lab` or `ssh`, {found}", remedy="keep exactly one")
        return self


class Hypervisor(Part):
    """Xen, and what dom0 gets of the server."""

    dom0_memory: Memory = Field(description="Fixed memory of dom0, in whole MiB.")
    dom0_vcpus: VCpus = Field(description="Number of virtual processors of dom0.")
    options: BootOptions = Field(
        default=(), description="Further options of Xen's command line, one per item."
    )
    kernel_options: BootOptions = Field(
        default=(), description="Further options of the command line of dom0's kernel."
    )


class Network(Part):
    """The server's bridge, which all machines and applications are attached to."""

    bridge: InterfaceName = Field(default="xenbr0", description="Name of the bridge.")
    interface: InterfaceName = Field(
        default="enp3s0", description="Network card that becomes the bridge's port."
    )
    address: InterfaceAddress = Field(
        description="The server's IPv4 address with the prefix length of its network."
    )
    gateway: Address = Field(description="IPv4 address of the network's gateway.")
    dns: NameServers = Field(description="IPv4 addresses of one to three name servers.")


class Volume(Part):
    """A logical volume."""

    name: Name = Field(description="Name of the logical volume.")
    size: VolumeSize = Field(
        description="Size; rounded up to whole extents of 4 MiB, as LVM does itself."
    )


class Storage(Part):
    """The server's volume group and what is in it."""

    group: Name = Field(default="epos", description="Name of the LVM volume group.")
    device: Device | None = Field(
        default=None,
        description="Physical volume to make the group on; absent where the group exists.",
    )
    volumes: Annotated[tuple[Volume, ...], Field(max_length=256)] = Field(
        description="The logical volumes of the group."
    )


class RootFileSystem(Part):
    """Where a domU's root file system comes from: mmdebstrap or a tarball."""

    suite: Suite | None = Field(
        default=None, description="Debian suite for mmdebstrap; instead of `tarball`."
    )
    tarball: AnyPath | None = Field(
        default=None,
        description="Tarball of a root file system, relative to this file; instead of `suite`.",
    )
    packages: Annotated[tuple[Package, ...], Field(max_length=256)] = Field(
        default=(), description="Debian packages on top of those the project needs itself."
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
    memory: Memory = Field(description="Memory, in whole MiB.")
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
    on_crash: OnEvent | Literal["coredump-destroy", "coredump-restart"] = Field(
        default="restart", description="What Xen does when it crashes."
    )
    autostart: Flag = Field(default=True, description="Whether it starts with the server.")


class Application(Part):
    """An application and the technique that runs it."""

    name: Name = Field(description="Name of the application.")
    source: RelativePath = Field(
        description="Folder that holds its app.yaml, relative to this file."
    )
    technique: Technique = Field(description="What runs it: vm, container or unikernel.")
    domu: Name | None = Field(
        default=None, description="The domU that runs it; for containers and vm only."
    )
    toolchain: Toolchain | None = Field(
        default_factory=lambda seen: "linux" if seen.get("technique") == "unikernel" else None,
        description="What builds its image: linux (default), unik, kraft, ops; unikernels only.",
    )
    address: Address = Field(description="Its fixed IPv4 address; for vm that of the domU.")
    memory: Memory | None = Field(
        default=None, description="Most memory it may use, in whole MiB; absent: no own limit."
    )
    vcpus: VCpus = Field(default=1, description="Number of virtual processors.")
    volumes: dict[Name, Name] = Field(
        default_factory=dict,
        max_length=64,
        description="Name used in app.yaml to volume: a logical volume of `storage` for "
        "unikernels, a named Docker volume for containers.",
    )
    environment: dict[Variable, VariableValue] = Field(
        default_factory=dict,
        max_length=256,
        description="Environment variables; never secrets, the deployment makes those.",
    )
    after: Annotated[tuple[Name, ...], Field(max_length=256)] = Field(
        default=(), description="Applications that must answer before this one is started."
    )
    start: Literal["cold", "restored"] = Field(
        default="cold",
        description="Boot it, or restore a saved guest that has already answered; unikernels only.",
    )


class Archive(Part):
    """The RINEX archive that indexGD reads."""

    volume: Name = Field(description="Logical volume of `storage` that carries the archive.")
    folder: AnyPath = Field(
        description="Folder with the files, relative to this file; where there is none, "
        "a sample archive is generated."
    )


class Environment(Part):
    """A whole environment, as one YAML file describes it."""

    schema_: Version = Field(alias="schema", description="Version of this format: 1.")
    name: Name = Field(description="Name of the environment, as reports and history show it.")
    server: Server = Field(description="The machine that carries everything.")
    hypervisor: Hypervisor = Field(description="Xen, and what dom0 gets of the server.")
    network: Network = Field(description="The server's bridge and addresses.")
    storage: Storage = Field(description="The server's volume group and logical volumes.")
    domus: Annotated[tuple[DomU, ...], Field(max_length=256)] = Field(
        default=(), description="The virtual machines."
    )
    applications: Annotated[tuple[Application, ...], Field(max_length=256)] = Field(
        default=(), description="The applications, each with its technique."
    )
    archive: Archive | None = Field(default=None, description="The RINEX archive, if there is one.")
    path: SkipJsonSchema[Path] = Field(
        default=Path("environment.yaml"), description="The file it was read from; not written."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        from deployments import checks  # reads this module's classes

        if findings := checks.find_all(self):
            raise refused("Environment", findings)
        return self

    @property
    def folder(self) -> Path:
        """The folder of the environment's file; relative paths in it start here."""
        return self.path.parent

    def application(self, name: str) -> Application:
        """Give the application of this name.

        Raises:
            WrongInput: there is none; names the nearest.
        """
        return _named(name, self.applications, "application", self.path)

    def domu(self, name: str) -> DomU:
        """Give the domU of this name.

        Raises:
            WrongInput: there is none; names the nearest.
        """
        return _named(name, self.domus, "domU", self.path)

    def volume(self, name: str) -> Volume:
        """Give the logical volume of this name.

        Raises:
            WrongInput: there is none; names the nearest.
        """
        return _named(name, self.storage.volumes, "volume", self.path)

    def by_technique(self, technique: Technique) -> tuple[Application, ...]:
        """Give the applications that use this technique, in the file's order."""
        return tuple(app for app in self.applications if app.technique == technique)

    @property
    def containers(self) -> tuple[Application, ...]:
        """The applications that run as containers."""
        return self.by_technique("container")

    @property
    def unikernels(self) -> tuple[Application, ...]:
        """The applications that run as unikernels."""
        return self.by_technique("unikernel")


def _named(name: str, things: tuple[Thing, ...], kind: str, path: Path) -> Thing:
    for thing in things:
        if thing.name == name:
            return thing
    known = did_you_mean(name, [thing.name for thing in things])
    raise WrongInput(f"{path}: there is no {kind} {name!r}", remedy=known)
