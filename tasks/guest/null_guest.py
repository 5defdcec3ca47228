"""The floor of a guest's start: one that powers off at its first instruction."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree as xml

from blocks.connections import Connections
from deployments.model import Environment
from runs.interruption import undoing
from tasks.compiled import STANDALONE, compiled
from tasks.guest.description import guest_xml, marked
from tasks.guest.leftovers import end_guest
from tasks.instance.address import free
from tasks.measuring.measure import Figure, first_answer, start_figures
from tasks.measuring.method import Method, repeated
from tasks.measuring.timed_end import timed_end
from tasks.server.transfer import send_file
from tasks.temporary import ATTRIBUTE, folder_of

SOURCE = Path(__file__).parent / "files" / "null_guest.S"
LINK = "-Wl,-Ttext=0x100000,--section-start=.note.Xen=0x103000,-z,noseparate-code"
MEMORY = 16 * 2**20  # bytes


def null_guest(
    environment: Environment, connections: Connections, run: str, method: Method
) -> Iterable[Figure]:
    """Measure a guest that powers off at its first instruction: created until it is gone."""
    kernel = compiled(SOURCE, *STANDALONE, LINK)
    there = f"{folder_of(environment)}/{kernel.name}"
    try:
        send_file(connections.server, kernel, there)
        domain = connections.hypervisor().defineXML(null_guest_xml(environment, there, run))
        starts = repeated(
            method,
            lambda: timed_end(domain.create, lambda: not domain.isActive()),
            first_answer,
            "gone",
        )
    finally:
        with undoing():
            end_guest(environment, connections, null_guest_name(environment))
            connections.server.check("rm", "-f", there)
    yield Figure("size", "bytes", [kernel.stat().st_size], "bytes of its kernel")
    yield from start_figures(
        method, starts, "creating call until the guest has powered off and is gone"
    )


def null_guest_name(environment: Environment) -> str:
    """Name the null guest; another environment's may be on the same server."""
    return f"null-guest-{environment.name}"


def null_guest_xml(environment: Environment, kernel: str, run: str) -> str:
    """Describe the null guest: with a console and a card on the bridge, as all guests have."""
    [address] = free(environment, 1)
    name = null_guest_name(environment)
    domain = guest_xml(environment, name, memory=MEMORY, vcpus=1, address=address)
    system = xml.SubElement(domain, "os")
    xml.SubElement(system, "type", arch="x86_64", machine="xenpv").text = "linux"
    xml.SubElement(system, "kernel").text = kernel
    for event in ("on_poweroff", "on_reboot", "on_crash"):
        xml.SubElement(domain, event).text = "destroy"
    return marked(domain, environment.name, **{ATTRIBUTE: run})
