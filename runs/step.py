"""A step: look at what there is, decide what differs, act on the difference only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


class Results(dict[str, Any]):
    """What a step learned for whoever reads the run's end, by name: a proof, where figures are."""


@dataclass(frozen=True)
class Action:
    """One change, in words for the plan and the log, and the call that makes it.

    `Results` that the call gives become the step's. `detail` is for a plan only: the lines that
    change in a file, as `diff -u` shows them.
    """

    what: str
    do: Callable[[], object]
    detail: str = ""


@dataclass(frozen=True)
class Plan:
    """What a step found, and what it would do about it; no actions means nothing differs.

    Args:
        reason: what was found.
        actions: what to do about it.
        results: what looking alone already told.
        content: key of all that the step's thing is built from; empty where it builds none.
    """

    reason: str
    actions: tuple[Action, ...] = ()
    results: Results = field(default_factory=Results)
    content: str = ""

    @property
    def built(self) -> bool:
        """Whether what the step builds is there, as it had been built before."""
        return bool(self.content) and not self.actions


@dataclass(frozen=True)
class Step:
    """One idempotent unit of a run, retried and recorded on its own.

    Args:
        name: unique in a run and stable between runs, like `volume epos/root`.
        group: the flow it belongs to, like `prepare_host`; `--only` and `--skip` know both.
        host: the machine it acts on, for logs and errors.
        plan: looks and decides; reads only.
        after: names of the steps that must be done before.
        retries: how often a transient failure is tried again.
        always: runs even in an unchanged deployment and counts as unchanged (a proof,
            a measurement): its plan says what it would do, but it changes nothing.
        builds: makes a thing on this machine, filed under its content, as every plan of it says.
    """

    name: str
    group: str
    host: str
    plan: Callable[[], Plan]
    after: tuple[str, ...] = ()
    retries: int = 3
    always: bool = False
    builds: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a step ended."""

    step: str
    state: str
    changed: bool
    reason: str
    seconds: float
    actions: tuple[str, ...] = ()
    results: Results = field(default_factory=Results)


def nothing(reason: str, results: Results | None = None) -> Plan:
    """Plan no change, and say why."""
    return Plan(reason, results=results or Results())


def built_before(reason: str, content: str) -> Plan:
    """Plan no change: what would be built is there, under the key of all it is built from."""
    return Plan(reason, content=content)


def to_build(reason: str, content: str, *actions: Action) -> Plan:
    """Plan to build what is not there under the key of all it is built from, and say why."""
    return Plan(reason, actions, content=content)


def change(reason: str, *actions: Action) -> Plan:
    """Plan the given actions, and say why."""
    return Plan(reason, tuple(actions))


def check_names(steps: Sequence[Step], others: Callable[[], Iterable[str]]) -> None:
    """Refuse steps that could not be told apart, or that wait for what no flow has.

    Args:
        steps: a flow's.
        others: gives the names of other flows' steps; asked where a step waits for one of them.

    Raises:
        ValueError: a mistake of ours: a name comes twice, or is none of the known ones.
    """
    names = [step.name for step in steps]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"steps of one name: {', '.join(sorted(twice))}")
    elsewhere = {name for step in steps for name in step.after} - set(names)
    if unknown := elsewhere and elsewhere - set(others()):
        raise ValueError(f"steps wait for what no flow has: {', '.join(sorted(unknown))}")


def in_order(steps: Sequence[Step]) -> list[Step]:
    """Sort steps so that each comes after those it names, as far as they are among these.

    A step may name one that was left out by `--only` or `--skip`, or is another flow's: what it
    needs is then taken to be there already, and its own look tells when it is not.
    """
    left = {step.name: step for step in steps}
    ordered: list[Step] = []
    while left:
        ready = [s for s in left.values() if not any(name in left for name in s.after)]
        if not ready:
            raise ValueError(f"steps wait for one another: {', '.join(left)}")
        for step in ready:
            ordered.append(left.pop(step.name))
    return ordered


def select(steps: Sequence[Step], only: Sequence[str], skip: Sequence[str]) -> list[Step]:
    """Keep the steps that `only` names (all, where it is empty) less those `skip` names.

    A word matches a step by its whole name, its group, the first word of its name (what kind of
    step) or the rest of it (of what).
    """

    def named(step: Step, words: Sequence[str]) -> bool:
        return bool(_words(step) & set(words))

    return [s for s in steps if (not only or named(s, only)) and not named(s, skip)]


def selectable(steps: Sequence[Step]) -> list[str]:
    """List every word that `--only` and `--skip` know for these steps."""
    return sorted({word for step in steps for word in _words(step)})


def _words(step: Step) -> set[str]:
    kind, _, subject = step.name.partition(" ")
    return {step.name, step.group, kind, subject} - {""}
