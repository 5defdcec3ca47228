"""An environment: a server, its network and volumes, its machines and its applications."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BeforeValidator, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from deployments import checks
from deployments.guest import Application, Archive, DomU, RootFileSystem, Technique, Toolchain
from deployments.part import Part
from deployments.problem import refused
from deployments.server import Network, Server, Ssh, Storage, Volume, Xen
from deployments.size import Size
from deployments.text import Name, check_version
from errors import WrongInput
from spelling import did_you_mean

__all__ = [
    "Application",
    "Archive",
    "DomU",
    "Environment",
    "Network",
    "RootFileSystem",
    "Server",
    "Size",
    "Ssh",
    "Storage",
    "Technique",
    "Toolchain",
    "Volume",
    "Xen",
]

Version = Annotated[Literal[1], BeforeValidator(check_version)]
Thing = TypeVar("Thing", DomU, Application, Volume)


class Environment(Part):
    """A whole environment, as one YAML file describes it."""

    schema_: Version = Field(alias="schema", description="Version of this format: 1.")
    name: Name = Field(description="Name of the environment, as reports and history show it.")
    server: Server = Field(description="The machine that carries everything.")
    hypervisor: Xen = Field(description="Xen, and what dom0 gets of the server.")
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
    def vms(self) -> tuple[Application, ...]:
        """The applications that run in virtual machines of their own."""
        return self.by_technique("vm")

    @property
    def unikernels(self) -> tuple[Application, ...]:
        """The applications that run as unikernels."""
        return self.by_technique("unikernel")

    @property
    def engines(self) -> tuple[str, ...]:
        """The domUs that run containers, or could: first those that do."""
        running = (str(app.domu) for app in self.containers)
        able = (domu.name for domu in self.domus if domu.root.engine)
        return tuple(dict.fromkeys((*running, *able)))


def _named(name: str, things: tuple[Thing, ...], kind: str, path: Path) -> Thing:
    for thing in things:
        if thing.name == name:
            return thing
    known = did_you_mean(name, [thing.name for thing in things])
    raise WrongInput(f"{path}: there is no {kind} {name!r}", remedy=known)
