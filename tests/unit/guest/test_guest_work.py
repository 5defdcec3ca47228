"""Whether a guest is at work, its state in a word, its end in order."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import libvirt
import pytest

from runs.wait import StillWaiting
from tasks.guest.shutdown import stop_guest
from tasks.guest.thing import state_of
from tasks.guest.work import BUSY, guest_work


class Domain:
    """A domain that ends when it is looked at for the third time after its shutdown."""

    def __init__(self, *, active: bool, ends: bool = True) -> None:
        self.active, self.ends = active, ends
        self.seconds = 1.0
        self.looks = 0
        self.asked = 0

    def info(self) -> list[float]:
        return [0, 0, 0, 1, self.seconds * 1e9]

    def isActive(self) -> bool:
        self.looks += bool(self.asked)
        return self.active and (self.looks < 3 or not self.ends)

    def shutdown(self) -> None:
        self.asked += 1


def hypervisor_of(domain: Domain) -> Any:
    return SimpleNamespace(lookupByName=lambda _: domain)


def test_a_guest_is_at_work_while_it_prints_computes_or_is_started_anew(
    canned: Callable[..., Any],
) -> None:
    domain = Domain(active=True)
    printed = {"stat -c %s /var/log/xen/console/guest-RunQC.log": "100\n"}
    hypervisor = hypervisor_of(domain)
    connections: Any = SimpleNamespace(server=canned(printed), hypervisor=lambda: hypervisor)
    look = guest_work(connections, "RunQC")
    first = look()
    domain.seconds += BUSY / 2  # what an idle guest takes in minutes
    assert look() == first
    domain.seconds += BUSY
    busy = look()
    assert busy != first
    domain.seconds = 0.5
    anew = look()
    assert anew != busy
    connections.server.answers_by_command = dict.fromkeys(printed, "160\n")
    assert look() != anew


def test_a_guest_that_is_not_there_is_at_rest(canned: Callable[..., Any]) -> None:
    def gone(_: str) -> Any:
        raise libvirt.libvirtError("no domain")

    hypervisor = SimpleNamespace(lookupByName=gone)
    connections: Any = SimpleNamespace(
        server=canned({"stat": (1, "")}), hypervisor=lambda: hypervisor
    )
    look = guest_work(connections, "RunQC")
    assert look() == look()


def test_a_guest_is_asked_to_end_once_and_waited_for() -> None:
    domain = Domain(active=True)
    stop_guest(hypervisor_of(domain), "vm")
    assert (domain.asked, domain.isActive()) == (1, False)
    down = Domain(active=False)
    stop_guest(hypervisor_of(down), "vm")
    assert down.asked == 0


def test_one_that_does_not_end_is_told_with_what_ends_it(own_state: object) -> None:
    with pytest.raises(StillWaiting, match="end of vm") as late:
        stop_guest(hypervisor_of(Domain(active=True, ends=False)), "vm", within=0.1)
    assert "virsh destroy vm" in late.value.remedy


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (libvirt.VIR_DOMAIN_BLOCKED, "running"),
        (libvirt.VIR_DOMAIN_SHUTDOWN, "stopping"),
        (libvirt.VIR_DOMAIN_SHUTOFF, "stopped"),
        (libvirt.VIR_DOMAIN_CRASHED, "crashed"),
        (libvirt.VIR_DOMAIN_PMSUSPENDED, "unknown"),
    ],
)
def test_its_state_in_a_word(state: int, word: str) -> None:
    domain: Any = SimpleNamespace(state=lambda: [state, 0])
    assert state_of(domain) == word
