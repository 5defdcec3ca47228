"""The steps that measure each domU, container and unikernel, at least five times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache, partial

from blocks.connections import Connections
from deployments.model import Application, DomU
from flows.session import Session
from runs.step import Step
from tasks.container.compose_file import container_name
from tasks.container.containers import image_of
from tasks.guest.console import read_console
from tasks.instance.question import question_of
from tasks.leftovers import container_leftovers_step, leftovers_step
from tasks.measuring.direct_start import direct_starts
from tasks.measuring.floor import empty_container, null_guest
from tasks.measuring.measure import (
    ANSWERED,
    REPETITIONS,
    Figure,
    Subject,
    brought_back,
    domain_key,
    domu_memory,
    idle,
    measure_container,
    measure_guest_starts,
    measure_step,
    measured,
    smallest_memory,
    starts,
    stop_guest,
    used_bytes,
)
from tasks.measuring.start_parts import Split, split_figures, split_of
from tasks.measuring.timed_start import Question, Start, timed_start
from tasks.unikernel.description import DEFAULT_MEMORY
from tasks.unikernel.image import build_image
from tasks.unikernel.saved_state import SavedState
from tasks.unikernel.start import Trials, bring_back, stop_now
from toolchains import Image

SMALLEST = 8  # MiB: with which no guest answers


def steps(session: Session) -> list[Step]:
    """Give the steps of a run that only measures: what a killed one left is removed first."""
    environment, connections = session.environment, session.connections
    found = [leftovers_step(environment, connections, [], group="measure")]
    for name in dict.fromkeys(str(app.domu) for app in environment.containers):
        found.append(container_leftovers_step(environment, name, connections, [], group="measure"))
    return [*found, *measuring(session, [step.name for step in found])]


def measuring(session: Session, after: Sequence[str]) -> list[Step]:
    """Give a step for each subject, one after the other: they would disturb each other."""
    subjects = [
        *(unikernel_subject(session, app) for app in session.environment.unikernels),
        *(container_subject(session, app) for app in session.environment.containers),
        *(domu_subject(session, domu) for domu in session.environment.domus),
    ]
    found: list[Step] = []
    before = list(after)
    for subject in [*floors(session, subjects), *subjects]:
        step = measure_step(
            subject, session.environment.name, session.history, session.run, tuple(before)
        )
        found.append(step)
        before.append(step.name)  # after all of them: --only may leave some out
    return found


def floors(session: Session, subjects: Sequence[Subject]) -> list[Subject]:
    """Measure the floors whenever anything is measured: ratios hold within one run."""
    environment, connections = session.environment, session.connections

    @cache
    def anything_to_measure() -> bool:
        known = measured(environment.name)
        return any(known.get(one.name, {}).get("key") != one.key() for one in subjects)

    def key(floor: str) -> str:
        before = measured(environment.name).get(floor, {}).get("key", session.run)
        return session.run if anything_to_measure() else before

    guest = partial(null_guest, environment, connections, session.run)
    found = [Subject("null-guest", "unikernel", partial(key, "null-guest"), guest)]
    for domu in environment.domus[:1] if environment.containers else ():
        container = partial(empty_container, environment, connections, domu.name, session.run)
        found.append(
            Subject("empty-container", "container", partial(key, "empty-container"), container)
        )
    return found


def unikernel_subject(session: Session, application: Application) -> Subject:
    """Measure a unikernel: kernel plus root, allocation, smallest allocation, starts."""
    environment, connections = session.environment, session.connections

    def measure() -> Iterable[Figure]:
        image = build_image(environment, application)
        yield Figure("size", "bytes", [image.size_bytes], "bytes of kernel and root")
        with brought_back(partial(bring_back, connections, application.name)):
            yield from while_away(image)

    def while_away(image: Image) -> Iterable[Figure]:
        least = smallest_memory(
            Trials(environment, application, connections, session.run).answers_with,
            (application.memory or DEFAULT_MEMORY) // 2**20,
            SMALLEST,
        )
        yield Figure("memory_smallest", "bytes", [least * 2**20], "bisection in whole MiB")
        # The starts come after it: they leave the guest as it is defined.
        question = question_of(environment, application)
        stop = partial(stop_now, connections, application.name)
        splits: list[Split | None] = []

        def split(start: Start) -> None:
            splits.append(split_of(start, read_console(connections.server, application.name)))

        hypervisor, server = connections.hypervisor(), connections.server
        yield from measure_guest_starts(hypervisor, application.name, server, question, stop, split)
        yield from split_figures(splits)
        yield from direct_starts(environment, application, image, server, question)
        if application.start == "restored":
            yield restored_starts(session, application, question)
        idle()
        memory = hypervisor.lookupByName(application.name).info()[2] * 1024
        yield Figure("memory", "bytes", [memory], "memory the hypervisor has given the guest")

    return Subject(
        application.name,
        "unikernel",
        lambda: domain_key(connections.hypervisor(), application.name),
        measure,
    )


def restored_starts(session: Session, application: Application, question: Question) -> Figure:
    """Time starts of a running unikernel from its saved state, which is made anew."""
    connections = session.connections
    state = SavedState(connections, session.environment, application)
    saved = state.save()
    restored = starts(
        REPETITIONS,
        partial(stop_now, connections, application.name),
        lambda: timed_start(connections.server, question, lambda: state.restore(saved)),
    )
    [answered] = [figure for figure in restored if figure.metric == "start_first_answer"]
    return replace(answered, metric="start_restored", method="restoring call until " + ANSWERED)


def container_subject(session: Session, application: Application) -> Subject:
    """Measure a container."""
    environment, connections = session.environment, session.connections
    name, domu = application.name, str(application.domu)

    def measure() -> Iterable[Figure]:
        return measure_container(application, connections, question_of(environment, application))

    def key() -> str:
        return image_of(connections.engine(domu), container_name(name), domu)

    return Subject(name, "container", key, measure)


def domu_subject(session: Session, domu: DomU) -> Subject:
    """Measure a domU: used bytes of its volume, used memory, starts until SSH greets."""
    connections = session.connections
    greeting = Question(domu.name, "ssh", str(domu.address.ip), 22, "", "SSH-2.0-")

    def measure() -> Iterable[Figure]:
        hypervisor = connections.hypervisor()
        yield Figure("size", "bytes", [used_bytes(connections.domu(domu.name))], "df: used of /")

        def stop() -> None:
            connections.forget_domu(domu.name)
            # What was asked to shut down is down before it is brought back.
            with brought_back(lambda: stop_guest(connections.hypervisor(), domu.name)):
                stop_guest(hypervisor, domu.name)

        with brought_back(partial(bring_back, connections, domu.name)):
            yield from measure_guest_starts(
                hypervisor, domu.name, connections.server, greeting, stop
            )
            idle()
        yield Figure("memory", "bytes", [_memory(connections, domu)], "MemTotal less MemAvailable")

    return Subject(
        domu.name, "vm", lambda: domain_key(connections.hypervisor(), domu.name), measure
    )


def _memory(connections: Connections, domu: DomU) -> int:
    return domu_memory(connections.domu(domu.name))
