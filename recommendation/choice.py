"""Choosing a technique for each application so that all of them together fit a budget.

The measure of a technique is the geometric mean of its size, its memory and its start to the first
answer, each over the least of that application; 1 is the best in all three. Of all choices within
the budget the one with the smallest product of these is taken, exactly: no rule of thumb.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from errors import EposVirtError
from history.judging.chance import ratio_of_medians
from history.judging.figures import MetricFigure
from history.metric import MEMORY, SIZE, START_FIRST_ANSWER, Technique
from recommendation.candidates import NEEDED, WORDS, Candidate, Candidates

CLEAR = 1.25  # times the measure of the next best from which a choice is clear
STARTS = 5  # samples from which a start is known well


@dataclass(frozen=True)
class Budget:
    """What may be used: memory and size in bytes by all together; None for any."""

    memory: int | None = None
    size: int | None = None

    def holds(self, cost: Cost) -> bool:
        """Tell whether a cost is within it."""
        return (self.memory is None or cost.memory <= self.memory) and (
            self.size is None or cost.size <= self.size
        )


@dataclass(frozen=True)
class Cost:
    """What a choice uses, in bytes, and its measure as a logarithm."""

    memory: float = 0.0
    size: float = 0.0
    measure: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        """Add two."""
        return Cost(
            self.memory + other.memory, self.size + other.size, self.measure + other.measure
        )


@dataclass(frozen=True)
class Advice:
    """What an application should run as."""

    application: str
    now: Technique
    technique: Technique
    confidence: str  # high, medium, low, none
    reason: str
    chosen: Candidate | None  # None where it stays for want of figures
    ruled_out: Mapping[str, str]

    @property
    def changes(self) -> bool:
        """Whether that is another technique than it has."""
        return self.technique != self.now


@dataclass(frozen=True)
class Choice:
    """What all applications should run as, and what that uses together."""

    advice: tuple[Advice, ...]
    memory: float  # bytes of those that were measured, and of the domU that carries containers
    size: float
    domu: str  # whose memory and size are in it; empty where none is needed


class NothingFits(EposVirtError):
    """There is no choice within the budget."""


def choose(
    all_of: Sequence[Candidates], budget: Budget, domu: tuple[str, Mapping[str, MetricFigure]]
) -> Choice:
    """Choose a technique for each application.

    Args:
        all_of: the applications with their candidates.
        budget: what all of them together may use.
        domu: name and figures of the domU that carries containers; it is counted once where one
            is chosen.

    Raises:
        NothingFits: the budget is too small for any choice.
    """
    name, figures = domu
    carrier = Cost(
        *(figures[metric].median if metric in figures else 0.0 for metric in (MEMORY, SIZE))
    )
    open_ones = [one for one in all_of if one.possible and not _stays(one)]
    without = [_only(one, ("vm", "unikernel")) for one in open_ones]
    kept_container = any(
        one.application.technique == "container" for one in all_of if one not in open_ones
    )
    ways = [(open_ones, carrier)]
    if not kept_container and all(one.possible for one in without):
        ways.append((without, Cost()))
    found = [
        (cost + extra, picked, extra)
        for applications, extra in ways
        for cost, picked in _best(applications, budget, extra)
    ]
    if not found:
        raise _nothing_fits(ways, budget)
    total, picked, extra = min(found, key=lambda one: (one[0].measure, one[0].memory))
    chosen = {one.application.name: it for one, it in zip(open_ones, picked, strict=True)}
    uses = kept_container or any(one.technique == "container" for one in picked)
    unused = Cost() if uses else extra
    return Choice(
        tuple(_advice(one, chosen.get(one.application.name), budget) for one in all_of),
        total.memory - unused.memory,
        total.size - unused.size,
        name if uses and figures else "",
    )


def _median(figure: MetricFigure | None) -> float:
    return figure.median if figure else 0.0


def _stays(one: Candidates) -> bool:
    """Whether an application stays as it is: nothing is known of how it is now."""
    return one.ruled_out.get(one.application.technique, "").startswith("not measured")


def _only(one: Candidates, techniques: Sequence[str]) -> Candidates:
    kept = tuple(each for each in one.possible if each.technique in techniques)
    return Candidates(one.application, kept, one.ruled_out)


def _best(
    applications: Sequence[Candidates], budget: Budget, extra: Cost
) -> list[tuple[Cost, tuple[Candidate, ...]]]:
    """Give the best choice within the budget, or none; `extra` is used in any case."""
    fits: list[tuple[Cost, tuple[Candidate, ...]]] = [(Cost(), ())]
    for one in applications:
        longer = [
            (cost + _cost(candidate, one), (*picked, candidate))
            for cost, picked in fits
            for candidate in one.possible
        ]
        fits = _undominated([way for way in longer if budget.holds(way[0] + extra)], budget)
    return fits and [min(fits, key=lambda way: (way[0].measure, way[0].memory))]


def _undominated(
    ways: list[tuple[Cost, tuple[Candidate, ...]]], budget: Budget
) -> list[tuple[Cost, tuple[Candidate, ...]]]:
    """Leave out every choice that uses no less than a better one: it never gets the best."""
    kept: list[tuple[Cost, tuple[Candidate, ...]]] = []
    for way in sorted(ways, key=lambda way: (way[0].measure, way[0].memory, way[0].size)):
        if not any(_no_more(other[0], way[0], budget) for other in kept):
            kept.append(way)
    return kept


def _no_more(one: Cost, other: Cost, budget: Budget) -> bool:
    """Whether one uses no more than the other of what the budget limits."""
    return (budget.memory is None or one.memory <= other.memory) and (
        budget.size is None or one.size <= other.size
    )


def _cost(candidate: Candidate, of: Candidates) -> Cost:
    return Cost(candidate.of(MEMORY), candidate.of(SIZE), math.log(measure(candidate, of)))


def measure(candidate: Candidate, of: Candidates) -> float:
    """Give the geometric mean of its figures over the least of each; 1 is the best in all."""
    ratios = [
        candidate.of(metric) / min(other.of(metric) for other in of.possible) for metric in NEEDED
    ]
    return math.prod(ratios) ** (1 / len(ratios))


def _advice(of: Candidates, chosen: Candidate | None, budget: Budget) -> Advice:
    app = of.application
    if chosen is None:
        confidence, reason = "none", _why_it_stays(of)
    else:
        confidence, reason = _why(of, chosen, budget)
    technique = chosen.technique if chosen else app.technique
    return Advice(app.name, app.technique, technique, confidence, reason, chosen, of.ruled_out)


def _why_it_stays(of: Candidates) -> str:
    now = of.ruled_out.get(of.application.technique, "")
    if not now.startswith("not measured"):
        return f"nothing else is left, though it {now}"
    others = ", ".join(one.technique for one in of.possible)
    return f"stays: {now} as it is" + (f"; measured as {others} only" if others else "")


def _why(of: Candidates, chosen: Candidate, budget: Budget) -> tuple[str, str]:
    others = sorted(
        (one for one in of.possible if one is not chosen), key=lambda one: measure(one, of)
    )
    if not others:
        return "low", "the only one with figures that is not ruled out"
    second = others[0]
    ratios = ", ".join(
        f"{WORDS[metric]} {chosen.of(metric) / second.of(metric):.2g}" for metric in NEEDED
    )
    reason = f"times {second.technique}: {ratios}"
    margin = measure(second, of) / measure(chosen, of)
    if margin < 1:
        return "medium", f"{reason}; not the best, but all together fit"
    return _confidence(chosen, second, margin), reason


def _confidence(chosen: Candidate, second: Candidate, margin: float) -> str:
    starts = [one.figures[START_FIRST_ANSWER].values for one in (second, chosen)]
    interval = ratio_of_medians(*starts)
    told_apart = not interval.low <= 1 <= interval.high
    enough = min(map(len, starts)) >= STARTS
    return "high" if margin >= CLEAR and told_apart and enough else "medium"


def _nothing_fits(ways: Sequence[tuple[Sequence[Candidates], Cost]], budget: Budget) -> NothingFits:
    least = []
    for metric, limit in ((MEMORY, budget.memory), (SIZE, budget.size)):
        needed = min(
            sum(min(one.of(metric) for one in each.possible) for each in applications)
            + (extra.memory if metric == MEMORY else extra.size)
            for applications, extra in ways
        )
        if limit is not None:
            least.append(
                f"{WORDS[metric]}: {needed / 1e6:.1f} MB at least, {limit / 1e6:.1f} MB allowed"
            )
    return NothingFits(
        "no choice of techniques fits the budget",
        seen="\n".join(least),
        remedy="allow more, or leave applications out of the environment",
    )
