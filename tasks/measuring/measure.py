"""Measuring: size, memory and start of every domU, container and unikernel."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from errors import EposVirtError
from history import History
from history.metric import Technique, Unit
from runs.interruption import pause, undoing
from runs.step import Action, Plan, Results, Step, change, nothing
from state import replace_text, state_folder, state_place
from tasks import step_names
from tasks.measuring.method import FIXED, Method, repeated
from tasks.measuring.timed_start import Start

IDLE = 10.0  # seconds between the first answer and reading memory: DESIGN.md's definition
ANSWERED = "a probe on the server gets the correct answer"
MEASURED_IN = "measured in"  # a step's result: the run that holds the figures
NOISY = 0.5  # spread over median from which a figure is called doubtful


@dataclass(frozen=True)
class Figure:
    """All samples of one metric of one subject, and why they are void or doubtful."""

    metric: str
    unit: Unit
    values: Sequence[float]
    method: str
    valid: bool = True
    warnings: tuple[str, ...] = ()


@dataclass
class Subject:
    """Something to measure, and how.

    Args:
        name: as in the environment.
        technique: vm, container or unikernel.
        key: everything that decides its figures; measured again when it differs.
        measure: takes the figures; leaves the subject running as it was.
        recorded_as: whose its figures are in the history; by default its own name's.
    """

    name: str
    technique: Technique
    key: Callable[[], str]
    measure: Callable[[Method], Iterable[Figure]]
    recorded_as: str = ""


def measure_step(
    subject: Subject,
    environment: str,
    history: History,
    run: str,
    after: Sequence[str],
    method: Method = FIXED,
) -> Step:
    """Measure one subject, unless figures of exactly this build of it are in the history.

    Where the method says so, it is measured in any case.
    """

    whose = subject.recorded_as or subject.name

    def plan() -> Plan:
        key = subject.key()
        before = measured(environment).get(subject.name, {})
        known = before.get("key") == key and not method.again
        if known and _in_history(history, before["run"], whose):
            then = before["run"]
            return nothing(
                f"measured in run {then}, nothing it depends on changed",
                Results({MEASURED_IN: then}),
            )
        why = "measured in any case" if method.again else "not measured as it is now"
        return change(why, Action(f"{method}, memory, size", lambda: take(key)))

    def take(key: str) -> Results:
        for figure in subject.measure(method):
            history.add_samples(
                run,
                whose,
                subject.technique,
                figure.metric,
                figure.unit,
                figure.values,
                figure.method,
                figure.valid,
                (*figure.warnings, *doubts(figure.values)),
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
    path = state_place("measured") / f"{environment}.json"
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


def starts(
    method: Method, prepare: Callable[[], object], start: Callable[[], Start]
) -> list[Figure]:
    """Time starts as often as the method says, each from the same prepared state."""

    def take() -> Start:
        prepare()
        return start()

    taken = repeated(method, take, first_answer, "first answer")
    return start_figures(method, taken, "creating call until " + ANSWERED)


def first_answer(start: Start) -> float:
    """Give the seconds of a start by which it is judged whether there are enough of them."""
    return start.first_answer


def start_figures(method: Method, taken: Sequence[Start], answered: str) -> list[Figure]:
    """Give the two figures of timed starts; `answered` says when the second one ends."""
    running = [start.running for start in taken]
    return [
        timed_figure(method, "start_running", running, "creating call until it returns"),
        timed_figure(method, "start_first_answer", list(map(first_answer, taken)), answered),
    ]


def timed_figure(method: Method, metric: str, seconds: Sequence[float], how: str) -> Figure:
    """Give samples as a figure; void where the method says so."""
    void = method.void(seconds)
    return Figure(metric, "s", seconds, how, not void, (void,) if void else ())


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
