"""Starting a unikernel's guest, waiting for its answer, ending it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as xml

import libvirt

from blocks.connections import Connections
from blocks.web import request
from deployments.model import Application, Environment
from errors import EposVirtError
from runs import interruption
from runs.wait import StillWaiting, wait_until
from tasks.console import keep_console, last_lines
from tasks.domu import mark_of, read_domain
from tasks.source import described
from tasks.temporary import ATTRIBUTE, mark_temporary

ANSWER_WITHIN = 120.0  # seconds from the start of a guest to its first correct answer
ANSWERED = "answered"
SMALLEST_WITHIN = 20.0  # seconds a guest with too little memory is given


def answers(environment: Environment, application: Application, connections: Connections) -> bool:
    """Tell whether the application gives its correct answer now."""
    says = described(environment, application)
    try:
        response = request(
            connections.server, str(application.address), says.port, says.answer.path, timeout=5
        )
    except EposVirtError:
        return False
    return response.status_code == 200 and says.answer.contains in response.text


def start_unikernel(
    environment: Environment,
    application: Application,
    connections: Connections,
    kept: Path,
    say: Callable[[str], None],
) -> None:
    """Start the defined guest and wait until it answers."""
    domain = connections.hypervisor().lookupByName(application.name)
    try:
        domain.create()
    except libvirt.libvirtError as error:
        raise EposVirtError(
            f"unikernel {application.name} was not started",
            seen=str(error),
            remedy="has it enough `memory` for its kernel? On the server: /var/log/libvirt/libxl",
        ) from error
    wait_for_answer(environment, application, connections, kept, say)


def wait_for_answer(
    environment: Environment,
    application: Application,
    connections: Connections,
    kept: Path,
    say: Callable[[str], None],
) -> None:
    """Wait until a started guest answers; only one that does comes back with the server.

    One that does not is ended.

    Raises:
        EposVirtError: it did not, or it ended; the end of its console is in the error.
    """
    say(f"waiting for its answer on {application.address}")
    end = how_it_went(environment, application, connections, ANSWER_WITHIN)
    if end != ANSWERED:
        stop_now(connections, application.name)
        console = keep_console(connections.server, application.name, kept)
        raise EposVirtError(
            f"unikernel {application.name} {end} within {ANSWER_WITHIN:.0f} s",
            seen=f"console ends with:\n{last_lines(console)}",
            remedy=f"read {console}; a console that ends early may mean too little `memory`; "
            "python -m toolchains run starts the image without Xen",
        )
    connections.hypervisor().lookupByName(application.name).setAutostart(1)


def how_it_went(
    environment: Environment, application: Application, connections: Connections, within: float
) -> str:
    """Wait until a started guest answers or ends, `within` seconds at most; tell which."""
    domain = connections.hypervisor().lookupByName(application.name)

    def answered_or_ended() -> str | None:
        if answers(environment, application, connections):
            return ANSWERED
        return None if domain.isActive() else "ended"

    try:
        return wait_until(answered_or_ended, what="an answer", within=within, remedy="")
    except StillWaiting:
        return "gave no correct answer"


def stop_now(connections: Connections, name: str) -> None:
    """End a guest at once; it has nothing to lose."""
    domain = connections.hypervisor().lookupByName(name)
    if domain.isActive():
        domain.destroy()


def answers_with(
    environment: Environment,
    application: Application,
    connections: Connections,
    run: str,
    mebibytes: int,
) -> bool:
    """Start the guest anew with so much memory and tell whether it gives its correct answer.

    The definition stays as it is: only this one start gets another size, and a mark that it is
    temporary.
    """
    stop_now(connections, application.name)
    hypervisor = connections.hypervisor()
    description = xml.fromstring(hypervisor.lookupByName(application.name).XMLDesc())
    for tag in ("memory", "currentMemory"):
        element = description.find(tag)
        if element is not None:
            element.text = str(mebibytes * 1024)
    mark_temporary(description, run)
    try:
        hypervisor.createXML(xml.tostring(description, encoding="unicode"))
    except libvirt.libvirtError:
        interruption.check()
        return False  # kernel and root do not even fit
    return how_it_went(environment, application, connections, SMALLEST_WITHIN) == ANSWERED


def bring_back(connections: Connections, name: str) -> None:
    """Have a guest that was being measured run as it is defined; its answer is not waited for."""
    domain = read_domain(connections.hypervisor(), name)
    if domain is None:
        return
    if domain.isActive() and ATTRIBUTE in mark_of(domain):
        domain.destroy()
    if not domain.isActive():
        domain.create()
