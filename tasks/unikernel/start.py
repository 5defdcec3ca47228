"""Starting a unikernel's guest, waiting for its answer, ending it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as xml

from blocks.connections import Connections
from deployments.model import Application, Environment
from errors import EposVirtError
from runs import interruption
from runs.patience import plain
from runs.telling import tell
from runs.wait import StillWaiting, wait_until
from tasks.guest.console import keep_console, last_lines
from tasks.guest.description import mark_temporary
from tasks.guest.work import guest_work
from tasks.instance import answer
from tasks.instance.proving_question import question_of

if TYPE_CHECKING:
    import libvirt

ANSWER_WITHIN = 60.0  # seconds in which a started guest answers, or is at work
ANSWERED = "answered"
SMALLEST_WITHIN = 20.0  # seconds a guest with little memory is given, before any has answered
TRIED_FOR = 3.0  # times what the slowest took that answered: how long the next is given


def answers(environment: Environment, application: Application, connections: Connections) -> bool:
    """Tell whether the application gives its correct answer now."""
    return answer.answers(connections.server, question_of(environment, application))


def start_unikernel(
    environment: Environment, application: Application, connections: Connections, kept: Path
) -> None:
    """Start the defined guest and wait until it answers."""
    import libvirt

    domain = connections.hypervisor().lookupByName(application.name)
    try:
        domain.create()
    except libvirt.libvirtError as error:
        raise EposVirtError(
            f"unikernel {application.name} was not started",
            seen=str(error),
            remedy="has it enough `memory` for its kernel? On the server: /var/log/libvirt/libxl",
        ) from error
    wait_for_answer(environment, application, connections, kept)


def wait_for_answer(
    environment: Environment, application: Application, connections: Connections, kept: Path
) -> None:
    """Wait until a started guest answers; only one that does comes back with the server.

    One that does not is ended.

    Raises:
        EposVirtError: it did not, or it ended; the end of its console is in the error.
    """
    tell(f"waiting for its answer on {application.address}")
    work = guest_work(connections, application.name)
    end = how_it_went(environment, application, connections, ANSWER_WITHIN, work)
    if end != ANSWERED:
        stop_now(connections, application.name)
        console = keep_console(connections.server, application.name, kept)
        raise EposVirtError(
            f"unikernel {application.name} {end}",
            seen=f"console ends with:\n{last_lines(console)}",
            remedy=f"read {console}; a console that ends early may mean too little `memory`; "
            "python -m toolchains run starts the image without Xen",
        )
    connections.hypervisor().lookupByName(application.name).setAutostart(1)


def how_it_went(
    environment: Environment,
    application: Application,
    connections: Connections,
    within: float,
    progress: Callable[[], object] | None = None,
) -> str:
    """Wait until a started guest answers or ends; tell which. As `wait_until` with its limits."""
    domain = connections.hypervisor().lookupByName(application.name)

    def answered_or_ended() -> str | None:
        if answers(environment, application, connections):
            return ANSWERED
        return None if domain.isActive() else "ended"

    try:
        return wait_until(
            answered_or_ended,
            what=f"an answer of {application.name}",
            within=within,
            remedy="",
            progress=progress,
        )
    except StillWaiting as late:
        return f"gave no correct answer: {late.what}"


def stop_now(connections: Connections, name: str) -> None:
    """End a guest at once; it has nothing to lose."""
    domain = connections.hypervisor().lookupByName(name)
    if domain.isActive():
        domain.destroy()


class Trials:
    """Starts of one guest with this or that much memory.

    How long one is given follows those before it: a guest that has too little memory computes for
    ever, looking for pages, so that being at work is no sign of progress there.
    """

    def __init__(
        self,
        environment: Environment,
        application: Application,
        connections: Connections,
        run: str,
    ) -> None:
        """Keep what to start; nothing is started."""
        self.environment = environment
        self.application = application
        self.connections = connections
        self.run = run
        self.longest = 0.0  # seconds until one answered

    def answers_with(self, mebibytes: int) -> bool:
        """Start the guest anew with so much memory and tell whether it gives its correct answer.

        The definition stays as it is: only this one start gets another size, and a mark that it is
        temporary.
        """
        stop_now(self.connections, self.application.name)
        hypervisor = self.connections.hypervisor()
        description = xml.fromstring(hypervisor.lookupByName(self.application.name).XMLDesc())
        for tag in ("memory", "currentMemory"):
            element = description.find(tag)
            if element is not None:
                element.text = str(mebibytes * 1024)
        mark_temporary(description, self.run)
        began = time.monotonic()
        if not created(hypervisor, xml.tostring(description, encoding="unicode")):
            return False  # kernel and root do not even fit
        within = plain(self.longest * TRIED_FOR) or SMALLEST_WITHIN
        end = how_it_went(self.environment, self.application, self.connections, within)
        if end == ANSWERED:
            self.longest = max(self.longest, time.monotonic() - began)
        return end == ANSWERED


def created(hypervisor: libvirt.virConnect, description: str) -> bool:
    """Create a guest as described; tell whether it was."""
    import libvirt

    try:
        hypervisor.createXML(description)
    except libvirt.libvirtError:
        interruption.check()
        return False
    return True
