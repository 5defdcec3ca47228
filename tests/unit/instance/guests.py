"""Guests as libvirt has them: state that is kept, and what was asked for in its order."""

from __future__ import annotations

from typing import Any

import libvirt

from blocks.connection import Connection


class Domain:
    """A domain that runs or not; what is done to it is noted."""

    def __init__(self, name: str, description: str, *, active: bool, noted: list[str]) -> None:
        self._name = name
        self.description = description
        self.active = active
        self.noted = noted

    def name(self) -> str:
        return self._name

    def XMLDesc(self) -> str:
        return self.description

    def UUIDString(self) -> str:
        return "0-0-0"

    def isActive(self) -> int:
        return int(self.active)

    def state(self) -> list[int]:
        return [libvirt.VIR_DOMAIN_BLOCKED if self.active else libvirt.VIR_DOMAIN_SHUTOFF, 0]

    def info(self) -> list[int]:
        return [0, 0, 65536, 1, 0]  # memory in KiB

    def create(self) -> None:
        self.noted.append(f"create {self._name}")
        self.active = True

    def shutdown(self) -> None:
        self.noted.append(f"shut {self._name} down")
        self.active = False

    def destroy(self) -> None:
        self.noted.append(f"destroy {self._name}")
        self.active = False

    def undefine(self) -> None:
        self.noted.append(f"undefine {self._name}")


class Machines:
    """The connections of a run: a canned server, a hypervisor with these domains, engines."""

    def __init__(self, server: Connection) -> None:
        self.server = server
        self.domains: dict[str, Domain] = {}
        self.engines: dict[str, Any] = {}
        self.noted: list[str] = []

    def define(self, name: str, description: str, *, active: bool) -> Domain:
        """Have a domain of this name."""
        self.domains[name] = Domain(name, description, active=active, noted=self.noted)
        return self.domains[name]

    def hypervisor(self) -> Any:
        return self

    def listAllDomains(self) -> list[Domain]:
        return list(self.domains.values())

    def lookupByName(self, name: str) -> Domain:
        if name in self.domains:
            return self.domains[name]
        error = libvirt.libvirtError("none")
        error.err = (libvirt.VIR_ERR_NO_DOMAIN, 0, "none", 0, "", "", "", 0, 0)
        raise error

    def engine(self, domu: str) -> Any:
        self.noted.append(f"engine of {domu}")
        return self.engines[domu]

    def domu(self, _name: str) -> Connection:
        return self.server

    def forget_domu(self, name: str) -> None:
        self.noted.append(f"forget {name}")
