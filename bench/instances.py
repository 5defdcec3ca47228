"""Start N instances of one unikernel's image, each with an address of its own, and end them.

Prints what one more instance costs: created through libvirt by this program, and by a bare
`xl create` of the same description on the server, one after the other, A B B A.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as xml

import libvirt

from blocks.connection import Connection
from commands.command import guarded
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.load import load_environment
from deployments.model import Application
from flows.session import Session, open_session
from runs.interruption import undoing
from runs.lock import server_lock
from runs.telling import on_stderr, tell, told_to
from runs.wait import wait_until
from tasks.guest.description import mark_temporary
from tasks.guest.leftovers import end_guest
from tasks.instance.address import free
from tasks.temporary import folder_of
from tasks.unikernel.description import unikernel_xml
from tasks.unikernel.image import build_image
from tasks.unikernel.start import answers

ANSWER_WITHIN = 600.0  # seconds for all of them


def main() -> int:
    """Run it; gives the exit status."""
    options = argparse.ArgumentParser(prog="python -m bench.instances", description=__doc__)
    options.add_argument("-n", "--count", type=int, default=16)
    options.add_argument("-e", "--environment", type=Path, default=DEFAULT_ENVIRONMENT)
    options.add_argument("--application", default="indexGD")
    options.add_argument("--pairs", type=int, default=4, help="of A B B A, for the cost of one")
    asked = options.parse_args()

    def work() -> int:
        environment = load_environment(asked.environment)
        with (
            server_lock(environment.server.name, "bench.instances"),
            open_session(environment, builds=False) as session,
            told_to(on_stderr),
        ):
            original = environment.application(asked.application)
            copies = copies_of(session, original, asked.count)
            with defined(session, copies):
                if asked.pairs:
                    cost_of_one(session, copies[0], asked.pairs)
                start_all(session, copies)
        return 0

    return guarded(work)


def copies_of(session: Session, original: Application, count: int) -> list[Application]:
    """Give instances of an application: same image, own names and addresses."""
    addresses = free(session.environment, count)
    return [
        original.model_copy(update={"name": f"{original.name}-{number}", "address": address})
        for number, address in enumerate(addresses, 1)
    ]


@contextmanager
def defined(session: Session, copies: Sequence[Application]) -> Iterator[None]:
    """Define the instances, and leave nothing of them behind."""
    hypervisor = session.connections.hypervisor()
    image = build_image(session.environment, copies[0])
    try:
        for copy in copies:
            description = xml.fromstring(unikernel_xml(session.environment, copy, image, "bench"))
            mark_temporary(description, "bench.instances")
            hypervisor.defineXML(xml.tostring(description, encoding="unicode"))
        yield
    finally:
        with undoing():
            for copy in copies:
                end_guest(session.environment, session.connections, copy.name)


def cost_of_one(session: Session, copy: Application, pairs: int) -> None:
    """Time creations of one instance through libvirt (A) and by a bare xl (B)."""
    hypervisor, server = session.connections.hypervisor(), session.connections.server
    domain = hypervisor.lookupByName(copy.name)
    config = f"{folder_of(session.environment)}/{copy.name}.cfg"
    server.write(config, xl_config(domain.XMLDesc(), hypervisor))

    def ours() -> float:
        began = time.monotonic()
        domain.create()
        took = time.monotonic() - began
        domain.destroy()
        wait_until_gone(server, copy.name)
        return took

    def bare() -> float:
        # Timed on the server: no connection is in the way of it.
        script = 's=$(date +%s.%N); xl create -q "$1" >&2 </dev/null || exit; '
        script += "e=$(date +%s.%N); echo $s $e"
        began, ended = map(float, server.check("sh", "-c", script, "sh", config).split())
        server.check("xl", "destroy", copy.name)
        wait_until_gone(server, copy.name)
        return ended - began

    ratios = []
    for number in range(pairs):
        a, b = (ours(), bare()) if number % 2 == 0 else reversed((bare(), ours()))
        ratios.append(a / b)
        tell(f"pair {number + 1}: {a:.2f} s, bare xl create {b:.2f} s")
    server.check("rm", config)
    sys.stdout.write(f"one instance: {statistics.median(ratios):.2f} times a bare xl create\n")


def wait_until_gone(server: Connection, name: str) -> None:
    """Wait until Xen has freed all of a destroyed guest: its name is taken until then."""
    wait_until(
        lambda: server.run("xl", "domid", name).status != 0,
        what=f"the end of {name}",
        within=60,
        remedy="xl list on the server",
    )


def xl_config(description: str, hypervisor: libvirt.virConnect) -> str:
    """Translate a description to xl's format, as libvirt does."""
    domain = xml.fromstring(description)
    if (metadata := domain.find("metadata")) is not None:
        domain.remove(metadata)
    text = xml.tostring(domain, encoding="unicode")
    return str(hypervisor.domainXMLToNative("xen-xl", text, 0))


def start_all(session: Session, copies: Sequence[Application]) -> None:
    """Start all, wait until each answers under its own address, end all."""
    hypervisor = session.connections.hypervisor()
    began = time.monotonic()
    for copy in copies:
        hypervisor.lookupByName(copy.name).create()
        tell(f"{copy.name} created after {time.monotonic() - began:.1f} s")
    created = time.monotonic() - began
    with ThreadPoolExecutor(4) as pool:
        waits = [partial(copy_context().run, wait_for, session, copy) for copy in copies]
        list(pool.map(lambda wait: wait(), waits))
    answered = time.monotonic() - began
    for copy in copies:
        hypervisor.lookupByName(copy.name).destroy()
    ended = time.monotonic() - began - answered
    sys.stdout.write(
        f"{len(copies)} instances: created in {created:.1f} s, all answered after "
        f"{answered:.1f} s, ended in {ended:.1f} s\n"
    )


def wait_for(session: Session, copy: Application) -> None:
    """Wait for the correct answer of one."""
    wait_until(
        lambda: answers(session.environment, copy, session.connections),
        what=f"{copy.name} on {copy.address}",
        within=ANSWER_WITHIN,
        remedy="python -m flows.logs NAME",
    )
    tell(f"{copy.name} answers on {copy.address}")


if __name__ == "__main__":
    sys.exit(main())
