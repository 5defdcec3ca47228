"""Measuring: size, memory and start of every domU, container and unikernel."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from blocks.connection import Connection
from blocks.connections import Connections
from deployments.model import Application
from errors import EposVirtError
from history import History
from history.metric import Technique, Unit
from runs.interruption import pause, undoing
from runs.step import Action, Plan, Results, Step, change, nothing
from runs.telling import tell
from runs.wait import wait_until
from state import replace_text, state_folder
from tasks import step_names
from tasks.container.compose_file import container_name
from tasks.container.containers import memory_bytes, size_bytes
from tasks.guest.description import mark_of, read_domain
from tasks.measuring.timed_start import Question, Start, timed_start

if TYPE_CHECKING:
    import libvirt
    from docker.models.containers import Container

REPETITIONS = 5  # of every start; the thesis measured once
IDLE = 10.0  # seconds between the first answer and reading memory: DESIGN.md's definition
ANSWERED = "a probe on the server gets the correct answer"
MEASURED_IN = "measured in"  # a step's result: the run that holds the figures
NOISY = 0.5  # spread over median from which a figure is called doubtful


@dataclass(frozen=True)
class Figure:
    """All samples of one metric of one subject."""

    metric: str
    unit: Unit
    values: Sequence[float]
    method: str


@dataclass
class Subject:
    """Something to measure, and how.

    Args:
        name: as in the environment.
        technique: vm, container or unikernel.
        key: everything that decides its figures; measured again when it differs.
        measure: takes the figures; leaves the subject running as it was.
    """

    name: str
    technique: Technique
    key: Callable[[], str]
    measure: Callable[[], Iterable[Figure]]
    after: tuple[str, ...] = field(default=())


def measure_step(
    subject: Subject, environment: str, history: History, run: str, after: Sequence[str]
) -> Step:
    """Measure one subject, unless figures of exactly this build of it are in the history."""

    def plan() -> Plan:
        key = subject.key()
        before = measured(environment).get(subject.name, {})
        if before.get("key") == key and _in_history(history, before["run"], subject.name):
            then = before["run"]
            return nothing(
                f"measured in run {then}, nothing it depends on changed",
                Results({MEASURED_IN: then}),
            )
        what = f"{REPETITIONS} starts, memory, size"
        return change("not measured as it is now", Action(what, lambda: take(key)))

    def take(key: str) -> Results:
        for figure in subject.measure():
            history.add_samples(
                run,
                subject.name,
                subject.technique,
                figure.metric,
                figure.unit,
                figure.values,
                figure.method,
                warnings=doubts(figure.values),
            )
        remember(environment, subject.name, key, run)
        return Results({MEASURED_IN: run})

    return Step(
        step_names.measure(subject.name), "measure", subject.name, plan, tuple(after), always=True
    )


def doubts(values: Sequence[float]) -> tuple[str, ...]:
    """Say what makes samples doubtful: a spread that is large beside their median."""
    middle = sorted(values)[len(values) // 2]
    spread = max(values) - min(values)
    if middle and spread / middle > NOISY:
        return (f"the samples spread over {spread / middle:.0%} of their median",)
    return ()


def measured(environment: str) -> dict[str, dict[str, str]]:
    """Read which build of each subject was measured last, and in which run."""
    path = state_folder("measured") / f"{environment}.json"
    found: dict[str, dict[str, str]] = json.loads(path.read_text()) if path.exists() else {}
    return found


def remember(environment: str, subject: str, key: str, run: str) -> None:
    """Note that this build of a subject was measured in this run."""
    known = measured(environment) | {subject: {"key": key, "run": run}}
    replace_text(state_folder("measured") / f"{environment}.json", json.dumps(known, indent=2))


def _in_history(history: History, run: str, subject: str) -> bool:
    try:
        return bool((history.metrics(run)["subject"] == subject).any())
    except EposVirtError:
        return False  # the history was deleted: measure again


def starts(count: int, prepare: Callable[[], object], start: Callable[[], Start]) -> list[Figure]:
    """Time `count` starts, each from the same prepared state."""
    taken = []
    for number in range(1, count + 1):
        tell(f"start {number} of {count}")
        prepare()
        taken.append(start())
        tell(f"start {number} of {count}: first answer after {taken[-1].first_answer:.2f} s")
    return start_figures(taken, "creating call until " + ANSWERED)


def start_figures(taken: Sequence[Start], answered: str) -> list[Figure]:
    """Give the two figures of timed starts; `answered` says when the second one ends."""
    running = [start.running for start in taken]
    first_answer = [start.first_answer for start in taken]
    return [
        Figure("start_running", "s", running, "creating call until it returns"),
        Figure("start_first_answer", "s", first_answer, answered),
    ]


def idle() -> None:
    """Let a subject be idle for the time that the definition of memory names."""
    pause(IDLE)


@contextmanager
def brought_back(act: Callable[[], object]) -> Iterator[None]:
    """Leave a subject running, also where measuring it fails or is ended: `act` sees to that."""
    try:
        yield
    except BaseException:
        with undoing(), suppress(Exception):  # what is to be told is why it was not measured
            act()
        raise


def measure_container(
    application: Application, connections: Connections, question: Question
) -> list[Figure]:
    """Measure a container: the image's size, `docker stats`' memory, starts of fresh ones."""
    name, host = container_name(application.name), str(application.domu)
    engine = connections.engine(host)
    container: Container = engine.containers.get(name)
    with brought_back(lambda: bring_back(connections.engine(host), container)):
        figures = starts(
            REPETITIONS,
            lambda: remove(engine, container),
            lambda: timed_start(connections.server, question, lambda: recreate(engine, container)),
        )
        idle()
    size, memory = size_bytes(engine, name, host), memory_bytes(engine, name, host)
    return [
        Figure("size", "bytes", [size], "the engine's size of the image, base included"),
        Figure("memory", "bytes", [memory], "docker stats: usage less inactive files"),
        *figures,
    ]


def remove(engine: Any, container: Container) -> None:
    """Stop and remove a container; its volumes stay."""
    found = engine.containers.get(container.name)
    found.stop(timeout=60)
    found.remove()


def bring_back(engine: Any, container: Container) -> None:
    """Have a container that was being measured run again; its health is not waited for."""
    found = engine.containers.list(all=True, filters={"name": f"^/{container.name}$"})
    if not found:
        recreate(engine, container)
    elif found[0].status != "running":
        found[0].start()


def recreate(engine: Any, container: Container) -> None:
    """Create and start a container as the given one was, labels of compose included."""
    attrs = container.attrs
    endpoints = {
        name: {"IPAMConfig": settings["IPAMConfig"], "Aliases": settings.get("Aliases")}
        | ({"MacAddress": settings["MacAddress"]} if settings.get("MacAddress") else {})
        for name, settings in attrs["NetworkSettings"]["Networks"].items()
    }
    config = {
        **attrs["Config"],
        "HostConfig": attrs["HostConfig"],
        "NetworkingConfig": {"EndpointsConfig": endpoints},
    }
    made = engine.api.create_container_from_config(config, container.name)
    engine.api.start(made["Id"])


def measure_guest_starts(
    hypervisor: libvirt.virConnect,
    name: str,
    server: Connection,
    question: Question,
    stop: Callable[[], object],
    started: Callable[[Start], object] = lambda _start: None,
) -> list[Figure]:
    """Time starts of a defined guest; `stop` ends the running one, `started` hears each start."""

    def create() -> None:
        hypervisor.lookupByName(name).create()

    def start() -> Start:
        taken = timed_start(server, question, create)
        started(taken)
        return taken

    return starts(REPETITIONS, stop, start)


def stop_guest(hypervisor: libvirt.virConnect, name: str, within: float = 120.0) -> None:
    """Shut a guest down and wait until it is gone."""
    domain = hypervisor.lookupByName(name)
    if not domain.isActive():
        return
    domain.shutdown()
    wait_until(
        lambda: not domain.isActive(),
        what=f"end of {name}",
        within=within,
        remedy=f"on the server: xl list; virsh destroy {name} ends it at once",
    )


def smallest_memory(answers_with: Callable[[int], bool], largest: int, smallest: int) -> int:
    """Search the smallest allocation, in whole MiB, with which a guest still answers.

    Args:
        answers_with: starts the guest with so many MiB and tells whether it answered.
        largest: MiB with which it is known to answer.
        smallest: MiB with which it surely does not.
    """
    while largest - smallest > 1:
        middle = (largest + smallest) // 2
        good = answers_with(middle)
        tell(f"{middle} MiB: {'answers' if good else 'does not answer'}")
        largest, smallest = (middle, smallest) if good else (largest, middle)
    return largest


def domain_key(hypervisor: libvirt.virConnect, name: str, *more: object) -> str:
    """Give what decides a guest's figures: its description's key, and whatever else is named."""
    domain = read_domain(hypervisor, name)
    return ":".join([(mark_of(domain) if domain else {}).get("key", ""), *map(str, more)])


def domu_memory(connection: Connection) -> int:
    """Give the bytes a domU's programs use, as its own `free` shows it: total less available."""
    fields = {}
    for line in (connection.read("/proc/meminfo") or "").splitlines():
        # MemAvailable:     312345 kB
        key, value = line.split(":")
        fields[key] = int(value.split()[0]) * 1024
    return fields["MemTotal"] - fields["MemAvailable"]


def used_bytes(connection: Connection) -> int:
    """Give the bytes a domU's root file system uses of its volume."""
    return int(connection.check("df", "--block-size=1", "--output=used", "/").split()[1])
