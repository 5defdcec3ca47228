"""The fit check: before a unikernel is stopped or started, whether what it needs is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as xml

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Application
from errors import EposVirtError
from tasks.guest.description import mac_of

if TYPE_CHECKING:
    import libvirt

SCRIPT = (Path(__file__).parents[1] / "server" / "files" / "address.py").read_text()
ARP_WITHIN = 0.5  # seconds a neighbour on the same bridge is given to answer
MARGIN = 1.1  # of the smallest memory with which the image was seen to answer
Guests = Mapping[str, xml.Element]  # running guests' descriptions by their names
OVERHEAD = 4 * 2**20  # bytes Xen needs beside a small PV guest's own


def memory_problems(memory: int, smallest: int | None, free: int) -> list[str]:
    """Tell why a guest's memory does not do; all in bytes.

    Args:
        memory: what the environment gives it.
        smallest: with how little it was measured to answer; None where it never was.
        free: what the hypervisor has left.
    """
    problems = []
    if smallest is not None and memory < (needed := smallest * MARGIN):
        problems.append(
            f"memory: it has {_mib(memory)}, it was measured to need {_mib(smallest)}; "
            f"with a margin that is {_mib(needed)}"
        )
    if free < memory + OVERHEAD:
        problems.append(
            f"memory: it needs {_mib(memory + OVERHEAD)}, the hypervisor has {_mib(free)} left"
        )
    return problems


def _mib(number: float) -> str:
    return f"{-(-number // 2**20):.0f} MiB"


def address_problems(
    server: Connection, address: IPv4Address, guest: xml.Element, running: Guests
) -> list[str]:
    """Tell who else has a described guest's address: a running guest, or who answers on the LAN."""
    mine = mac_of(address)
    for name, other in running.items():
        cards = [card.get("address") for card in other.iterfind("devices/interface/mac")]
        if name != guest.findtext("name") and mine in cards:
            return [f"address: {address} is taken by {name}"]
    found = server.check("python3", "-c", SCRIPT, str(address), str(ARP_WITHIN)).strip()
    # The guest itself, or what the server remembers of it.
    return [f"address: {address} is taken by {found}"] if found not in ("", mine) else []


def volume_problems(guest: xml.Element, running: Guests) -> list[str]:
    """Tell which of a described guest's disks a running guest writes to, or the other way round."""
    wanted = _disks(guest)
    mine = guest.findtext("name")
    problems = []
    for name, other in running.items():
        if name == mine:
            continue
        used = _disks(other)
        problems += [
            f"volume: {device} is written to by {name if not used[device] else mine}"
            for device in sorted(set(wanted) & set(used))
            if not (wanted[device] and used[device])
        ]
    return problems


def _disks(guest: xml.Element) -> Mapping[str, bool]:
    """Give the devices of a guest's disks, and whether it only reads each."""
    found = {}
    for disk in guest.findall("devices/disk"):
        source = disk.find("source")
        if source is not None:
            device = source.get("dev") or source.get("file") or ""
            found[device] = disk.find("readonly") is not None
    return found


def check_fit(
    connections: Connections, application: Application, description: str, smallest: int | None
) -> None:
    """Check that a unikernel fits the server, in place of itself where it runs.

    Args:
        connections: the run's connections.
        application: the application.
        description: the guest, as libvirt takes it.
        smallest: bytes of memory with which its image was measured to answer, if it was.

    Raises:
        EposVirtError: names everything that is in the way, and how much memory is needed.
    """
    hypervisor = connections.hypervisor()
    guest, running = xml.fromstring(description), _running(hypervisor)
    own = running.get(application.name)
    free = hypervisor.getFreeMemory() + (_memory(own) if own is not None else 0)
    problems = memory_problems(_memory(guest), smallest, free)
    problems += address_problems(connections.server, application.address, guest, running)
    problems += volume_problems(guest, running)
    refuse_misfit(application.name, problems)


def _running(hypervisor: libvirt.virConnect) -> Guests:
    import libvirt

    active = hypervisor.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)
    return {
        domain.name(): xml.fromstring(domain.XMLDesc())
        for domain in active
        if domain.name() != "Domain-0"
    }


def _memory(guest: xml.Element) -> int:
    return int(guest.findtext("memory") or 0) * 1024  # libvirt gives KiB, and so do we


def refuse_misfit(name: str, problems: Sequence[str]) -> None:
    """Raise one error that lists all problems; none is no error."""
    if problems:
        raise EposVirtError(
            f"{name} does not fit: nothing was changed",
            seen="\n".join(problems),
            remedy="change its memory, address or volumes in the environment, or stop what is "
            "in its way (python -m flows.ps)",
        )
