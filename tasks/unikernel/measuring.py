"""Measuring a unikernel: kernel plus root, allocation, smallest allocation, starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from blocks.connections import Connections
from deployments.model import Application, Environment
from runs.telling import tell
from tasks.guest.console import read_console
from tasks.guest.measuring import bring_back, domain_key, measure_guest_starts
from tasks.instance.proving_question import question_of
from tasks.measuring.inside import inside_image
from tasks.measuring.load import load_figures
from tasks.measuring.measure import (
    ANSWERED,
    Figure,
    Subject,
    brought_back,
    idle,
    starts,
)
from tasks.measuring.method import Method
from tasks.measuring.start_parts import Split, split_figures, split_of
from tasks.measuring.timed_start import Question, Start, timed_start
from tasks.unikernel.description import memory_of
from tasks.unikernel.direct_start import direct_starts
from tasks.unikernel.image import build_image, carried
from tasks.unikernel.saved_state import SavedState
from tasks.unikernel.start import Trials, stop_now
from toolchains import DirectToolchain, Image, toolchain

SMALLEST = 8  # MiB: with which no guest answers


def unikernel_subject(
    environment: Environment, connections: Connections, application: Application, run: str
) -> Subject:
    """Measure a unikernel: kernel plus root, allocation, smallest allocation, starts."""

    def measure(method: Method) -> Iterable[Figure]:
        image = build_image(environment, application)
        yield Figure("size", "bytes", [image.size_bytes], "bytes of kernel and root")
        with brought_back(partial(bring_back, connections, application.name)):
            yield from while_away(image, method)

    def while_away(image: Image, method: Method) -> Iterable[Figure]:
        least = smallest_memory(
            Trials(environment, application, connections, run).answers_with,
            memory_of(environment, application) // 2**20,
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
        name = application.name
        yield from measure_guest_starts(method, hypervisor, name, server, question, stop, split)
        yield from split_figures(splits[method.warm_ups :])
        yield from direct_starts(environment, application, image, server, question, method)
        if application.start == "restored":
            yield restored_starts(environment, connections, application, question, method)
        idle()
        memory = hypervisor.lookupByName(application.name).info()[2] * 1024
        yield Figure("memory", "bytes", [memory], "memory the hypervisor has given the guest")
        yield from load_figures(server, question)
        if isinstance(toolchain(str(application.toolchain)), DirectToolchain):  # it has a root
            [_, root] = carried(image)
            yield from inside_image(server, root)
        bring_back(connections, application.name)  # where its memory was too small for the load

    return Subject(
        application.name,
        "unikernel",
        lambda: domain_key(connections.hypervisor(), application.name),
        measure,
    )


def restored_starts(
    environment: Environment,
    connections: Connections,
    application: Application,
    question: Question,
    method: Method,
) -> Figure:
    """Time starts of a running unikernel from its saved state, which is made anew."""
    state = SavedState(connections, environment, application)
    saved = state.save()
    restored = starts(
        method,
        partial(stop_now, connections, application.name),
        lambda: timed_start(connections.server, question, lambda: state.restore(saved)),
    )
    [answered] = [figure for figure in restored if figure.metric == "start_first_answer"]
    return replace(answered, metric="start_restored", method="restoring call until " + ANSWERED)


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
