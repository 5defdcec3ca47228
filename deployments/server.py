"""The server: how it is reached, its hypervisor, network and storage."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address
from os import uname
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, field_validator, model_validator

from deployments.part import BootOptions, Memory, NameServers, Part, VCpus
from deployments.problem import Finding, refused, wrong
from deployments.size import EXTENT, MiB, Size, at_least, whole_extents
from deployments.text import (
    Address,
    Count,
    Device,
    Flag,
    Host,
    InterfaceAddress,
    InterfaceName,
    LabName,
    Name,
    User,
    UserPath,
)

# Of 4 MiB mkfs.ext4 leaves 2.7 MiB; who writes less is given more than that, and did not mean it.
VolumeSize = Annotated[
    Size,
    AfterValidator(at_least(EXTENT, "LVM makes no volume smaller than 4 MiB")),
    AfterValidator(whole_extents),
]
# dom0 is a Debian too (see guest.MachineMemory), with Xen's tools and libvirt.
Dom0Memory = Annotated[
    Memory, AfterValidator(at_least(256 * MiB, "dom0 does not start with less than 256 MiB"))
]
# Options of Xen that follow from other keys, or that the console's log needs.
SET_BY_US = {
    "dom0_mem": "write `dom0_memory` instead",
    "dom0_max_vcpus": "write `dom0_vcpus` instead",
    "console": "take it out: the first serial port is Xen's console",
    "com1": "take it out: the first serial port is Xen's console",
}


def is_loopback(host: str) -> bool:
    """Whether a host is the machine that reads this, by what every machine calls itself."""
    name = host.lower().rstrip(".")
    if re.fullmatch(r"(localhost|(ip6-)?loopback|ip6-localhost)([46]?(\.localdomain[46]?)?)", name):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return name.endswith(".localhost") or name == uname().nodename.lower()
    within = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return any(one.is_loopback or one.is_unspecified for one in (address, within) if one)


class Ssh(Part):
    """How the server is reached."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": ["config"]}, {"required": ["key", "known_hosts"]}]
        }
    )

    host: Host = Field(
        description="Host name or address the server answers SSH on; with `config` a name in that."
    )
    config: UserPath | None = Field(
        default=None,
        description="OpenSSH's configuration, `~/.ssh/config` mostly: what is not written here, "
        "jump hosts among it, is taken from there.",
    )
    port: Annotated[Count, Field(ge=1, le=65535)] | None = Field(
        default=None, description="TCP port of the SSH server, 22 where nothing says another."
    )
    user: User | None = Field(
        default=None,
        description="User to log in as, root where nothing says another; needs root's rights.",
    )
    key: UserPath | None = Field(
        default=None, description="Private key file, mode 0600; `~` is your home folder."
    )
    known_hosts: UserPath | None = Field(
        default=None,
        description="File with the server's host key; an unknown or changed key is refused.",
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        missing = [name for name in ("key", "known_hosts") if getattr(self, name) is None]
        if missing and self.config is None:
            error = wrong("is missing", remedy="write it, or `config: ~/.ssh/config`")
            raise refused("ssh", [((name,), error) for name in missing])
        return self

    @model_validator(mode="after")
    def _is_another_machine(self) -> Self:
        if is_loopback(self.host) and (self.port or 22) == 22 and self.config is None:
            error = wrong(
                "this is the machine you are working on, not a server",
                remedy="write the server's address, or the port of a tunnel to it",
            )
            raise refused("ssh", [(("host",), error)])
        return self


class Server(Part):
    """The machine that carries everything: an own one by SSH, or the embedded lab."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["lab"]}, {"required": ["ssh"]}]}
    )

    name: Name = Field(description="Name of the server, as reports and messages show it.")
    lab: LabName | None = Field(
        default=None, description="Name of the embedded lab that is the server; instead of `ssh`."
    )
    ssh: Ssh | None = Field(default=None, description="How to reach the server; instead of `lab`.")

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        if (self.lab is None) == (self.ssh is None):
            found = "neither is there" if self.lab is None else "both are there"
            raise wrong(f"expected either `lab` or `ssh`, {found}", remedy="keep exactly one")
        return self


class Xen(Part):
    """Xen, and what dom0 gets of the server."""

    dom0_memory: Dom0Memory = Field(
        description="Fixed memory of dom0, in whole MiB; at least 256 MiB."
    )
    dom0_vcpus: VCpus = Field(description="Number of virtual processors of dom0.")
    dom0_weight: Annotated[Count, Field(ge=1, le=65535)] = Field(
        default=2048,
        description="Weight of dom0 where processors are short; a guest's is 256. All guests' "
        "disks and networks wait for dom0.",
    )
    options: BootOptions = Field(
        default=(), description="Further options of Xen's command line, one per item."
    )
    kernel_options: BootOptions = Field(
        default=(), description="Further options of the command line of dom0's kernel."
    )

    @field_validator("options")
    @classmethod
    def _leaves_ours_alone(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        findings: list[Finding] = []
        for nth, option in enumerate(options):
            name = option.partition("=")[0].replace("-", "_")  # Xen takes both alike
            if name in SET_BY_US:
                error = wrong(f"`{name}` is set already", remedy=SET_BY_US[name])
                findings.append(((nth,), error))
        if findings:
            raise refused("options", findings)
        return options


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
    filter: Flag = Field(
        default=True,
        description="Whether a packet filter on the bridge says who may talk to whom; "
        "see docs/security.md.",
    )


class Volume(Part):
    """A logical volume."""

    name: Name = Field(description="Name of the logical volume.")
    size: VolumeSize = Field(
        description="Size, at least 4 MiB; rounded up to extents of 4 MiB, as LVM does itself."
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
