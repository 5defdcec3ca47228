"""The fit check: before a unikernel is started, whether what it needs is there and free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address
from pathlib import Path
from xml.etree import ElementTree as xml

import libvirt

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Application
from errors import EposVirtError
from tasks.domu import mac_of

SCRIPT = (Path(__file__).parent / "server_files" / "address.py").read_text()
ARP_WITHIN = 0.5  # seconds a neighbour on the same bridge is given to answer
MARGIN = 1.1  # of the smallest memory with which the image was seen to answer
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


def address_problems(server: Connection, address: IPv4Address) -> list[str]:
    """Tell who else has a guest's address: the LAN is asked."""
    found = server.check("python3", "-c", SCRIPT, str(address), str(ARP_WITHIN)).strip()
    # The server may still know the guest's own hardware address from its last start.
    return [f"address: {address} is taken by {found}"] if found not in ("", mac_of(address)) else []


def volume_problems(hypervisor: libvirt.virConnect, guest: xml.Element) -> list[str]:
    """Tell which of a described guest's disks a running guest writes to, or the other way round."""
    wanted = _disks(guest)
    name = guest.findtext("name")
    problems = []
    for domain in hypervisor.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
        if domain.name() in (name, "Domain-0"):
            continue
        used = _disks(xml.fromstring(domain.XMLDesc()))
        problems += [
            f"volume: {device} is written to by {domain.name() if not used[device] else name}"
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


def check_fit(connections: Connections, application: Application, smallest: int | None) -> None:
    """Check that a defined unikernel that does not run fits the server.

    Args:
        connections: the run's connections.
        application: the application.
        smallest: bytes of memory with which its image was measured to answer, if it was.

    Raises:
        EposVirtError: names everything that is in the way, and how much memory is needed.
    """
    hypervisor = connections.hypervisor()
    guest = xml.fromstring(hypervisor.lookupByName(application.name).XMLDesc())
    memory = int(guest.findtext("memory") or 0) * 1024  # libvirt gives KiB
    problems = memory_problems(memory, smallest, hypervisor.getFreeMemory())
    problems += address_problems(connections.server, application.address)
    problems += volume_problems(hypervisor, guest)
    refuse_misfit(application.name, problems)


def refuse_misfit(name: str, problems: Sequence[str]) -> None:
    """Raise one error that lists all problems; none is no error."""
    if problems:
        raise EposVirtError(
            f"{name} does not fit: it was not started",
            seen="\n".join(problems),
            remedy="change its memory, address or volumes in the environment, or stop what is "
            "in its way (python -m flows.ps)",
        )
