"""The floor of a guest's start: one that powers off at once, timed and left nowhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as xml

import libvirt

from deployments.model import Environment
from tasks.guest.description import mark_in
from tasks.guest.null_guest import MEMORY, null_guest, null_guest_xml
from tasks.instance.address import free
from tasks.measuring.method import FIXED, REPETITIONS
from tasks.temporary import ATTRIBUTE


class Domain:
    """A domain that is seen to run once after it was created, then is gone."""

    def __init__(self, description: str) -> None:
        self.description = description
        self.looks = 0
        self.created = 0

    def name(self) -> str:
        return str(xml.fromstring(self.description).findtext("name"))

    def UUIDString(self) -> str:
        return "0-0-0"

    def XMLDesc(self, flags: int = 0) -> str:
        return self.description

    def create(self) -> None:
        self.created += 1
        self.looks = 1

    def isActive(self) -> bool:
        self.looks -= 1
        return self.looks >= 0


class Hypervisor:
    """libvirt with at most one domain."""

    def __init__(self) -> None:
        self.domain: Domain | None = None
        self.created = 0

    def defineXML(self, description: str) -> Domain:
        self.domain = Domain(description)
        self.domain.undefine = self.forget  # type: ignore[attr-defined]
        return self.domain

    def forget(self) -> None:
        assert self.domain
        self.created = self.domain.created
        self.domain = None

    def lookupByName(self, name: str) -> Domain:
        if self.domain and self.domain.name() == name:
            return self.domain
        error = libvirt.libvirtError("none")
        error.err = (libvirt.VIR_ERR_NO_DOMAIN, 0, "none", 0, "", "", "", 0, 0)
        raise error


def test_it_has_what_all_guests_have_and_is_marked_as_temporary(environment: Environment) -> None:
    description = null_guest_xml(environment, "/there/kernel", "run-1")
    mark = mark_in(description)
    assert (mark["environment"], mark[ATTRIBUTE]) == (environment.name, "run-1")
    domain = xml.fromstring(description)
    assert domain.findtext("memory") == str(MEMORY // 1024)
    assert domain.findtext("os/kernel") == "/there/kernel"
    assert domain.findtext("on_poweroff") == "destroy"
    [address] = free(environment, 1)
    last = f"{address.packed[-1]:02x}"
    mac = domain.find("devices/interface/mac")
    assert mac is not None
    assert str(mac.get("address")).endswith(last)


def test_each_start_is_timed_until_it_is_gone_and_nothing_is_left(
    environment: Environment, own_state: Path, canned: Callable[..., Any]
) -> None:
    server = canned({"install -D": "", "mv -fT": "", "xl vm-list": "", "rm -f": ""})
    hypervisor = Hypervisor()
    connections: Any = SimpleNamespace(server=server, hypervisor=lambda: hypervisor)
    size, running, gone = null_guest(environment, connections, "run-1", FIXED)
    assert (size.metric, size.unit, size.method) == ("size", "bytes", "bytes of its kernel")
    assert len(running.values) == len(gone.values) == REPETITIONS
    assert all(g >= r > 0 for g, r in zip(gone.values, running.values, strict=True))
    assert (hypervisor.created, hypervisor.domain) == (REPETITIONS, None)
    sent = next(command[-1] for command in server.told if command[0] == "mv")
    assert server.told[-1] == ("rm", "-f", sent)
