"""The floor: the least that a guest and a container can do, measured like everything else.

A start's ratio to it can be compared between machines; its seconds cannot.
"""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as xml

from blocks.connections import Connections
from deployments.model import Environment
from runs.interruption import undoing
from runs.telling import tell
from runs.wait import wait_until
from tasks.compiled import compiled
from tasks.container.compose_file import NETWORK
from tasks.container.engine import asking
from tasks.guest.description import guest_xml, marked
from tasks.instance.address import free
from tasks.leftovers import end_guest, remove_temporary
from tasks.measuring.measure import REPETITIONS, Figure, Subject, measured, start_figures
from tasks.measuring.timed_start import Start
from tasks.server.transfer import send_file
from tasks.temporary import ATTRIBUTE, folder_of, labels

if TYPE_CHECKING:
    pass

FILES = Path(__file__).parent / "files"
MEMORY = 16 * 2**20  # bytes of the null guest
ENDS_WITHIN = 60.0  # seconds
LINK = ("-nostdlib", "-static", "-no-pie", "-s", "-Wl,--build-id=none")
LINK_GUEST = "-Wl,-Ttext=0x100000,--section-start=.note.Xen=0x103000,-z,noseparate-code"
POLL = 0.005  # seconds between two looks whether it has ended


def floors(
    environment: Environment, connections: Connections, run: str, subjects: Sequence[Subject]
) -> list[Subject]:
    """Measure the floors whenever anything is measured: ratios hold within one run."""

    @cache
    def anything_to_measure() -> bool:
        known = measured(environment.name)
        return any(known.get(one.name, {}).get("key") != one.key() for one in subjects)

    def key(floor: str) -> str:
        before = measured(environment.name).get(floor, {}).get("key", run)
        return run if anything_to_measure() else before

    guest = partial(null_guest, environment, connections, run)
    found = [Subject("null-guest", "unikernel", partial(key, "null-guest"), guest)]
    for domu in environment.domus[:1] if environment.containers else ():
        container = partial(empty_container, environment, connections, domu.name, run)
        found.append(
            Subject("empty-container", "container", partial(key, "empty-container"), container)
        )
    return found


def null_guest(environment: Environment, connections: Connections, run: str) -> Iterable[Figure]:
    """Measure a guest that powers off at its first instruction: created until it is gone."""
    kernel = compiled(FILES / "null_guest.S", *LINK, LINK_GUEST)
    there = f"{folder_of(environment)}/{kernel.name}"
    try:
        send_file(connections.server, kernel, there)
        domain = connections.hypervisor().defineXML(null_guest_xml(environment, there, run))
        starts = []
        for number in range(1, REPETITIONS + 1):
            starts.append(timed_end(domain.create, lambda: not domain.isActive()))
            tell(f"start {number} of {REPETITIONS}: gone after {starts[-1].first_answer:.2f} s")
    finally:
        with undoing():
            end_guest(environment, connections, null_guest_name(environment))
            connections.server.check("rm", "-f", there)
    yield Figure("size", "bytes", [kernel.stat().st_size], "bytes of its kernel")
    yield from start_figures(starts, "creating call until the guest has powered off and is gone")


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


def timed_end(create: Callable[[], object], ended: Callable[[], bool]) -> Start:
    """Time a creation, until the call returns and until what it created has ended."""
    began = time.monotonic()
    create()
    running = time.monotonic()
    wait_until(
        ended, what="its end", within=ENDS_WITHIN, every=POLL, remedy="xl list on the server"
    )
    return Start(running - began, time.monotonic() - began)


def empty_container(
    environment: Environment, connections: Connections, host: str, run: str
) -> Iterable[Figure]:
    """Measure a container whose program ends at once: created until it has ended."""
    program = compiled(FILES / "empty.S", *LINK)
    tag = f"epos/empty-container:{program.name.rpartition('-')[2]}"
    marks = labels(environment, run)
    with asking(host, "measure an empty container"):
        engine = connections.engine(host)
        repository, _, key = tag.partition(":")
        changes = ['CMD ["/empty"]', *(f'LABEL {name}="{value}"' for name, value in marks.items())]
        try:
            engine.api.import_image_from_data(
                image_tar(program), repository=repository, tag=key, changes=changes
            )
            starts = []
            for number in range(1, REPETITIONS + 1):
                start = empty_start(environment, engine, tag, marks)
                starts.append(start)
                tell(f"start {number} of {REPETITIONS}: ended after {start.first_answer:.2f} s")
            size = engine.images.get(tag).attrs["Size"]
        finally:
            with undoing():
                remove_temporary(environment, connections.engine(host), host)
    yield Figure("size", "bytes", [size], "the engine's size of the image")
    yield from start_figures(starts, "creating call until the engine says that it ended")


def image_tar(program: Path) -> bytes:
    """Give the one file of the image as a tar archive."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        info = tarfile.TarInfo("empty")
        info.size, info.mode = program.stat().st_size, 0o755
        tar.addfile(info, io.BytesIO(program.read_bytes()))
    return archive.getvalue()


def empty_start(environment: Environment, engine: Any, tag: str, marks: dict[str, str]) -> Start:
    """Time one empty container on the containers' own network."""
    [spare] = free(environment, 1)
    address = {"IPAMConfig": {"IPv4Address": str(spare)}}
    made: list[str] = []

    def create() -> None:
        created = engine.api.create_container(
            tag,
            networking_config={"EndpointsConfig": {NETWORK: address}},
            host_config=engine.api.create_host_config(network_mode=NETWORK),
            labels=marks,
        )
        made.append(created["Id"])
        engine.api.start(created["Id"])

    def ended() -> bool:
        state: dict[str, Any] = engine.api.inspect_container(made[0])["State"]
        return bool(state["Status"] == "exited")

    start = timed_end(create, ended)
    engine.api.remove_container(made[0])
    return start
