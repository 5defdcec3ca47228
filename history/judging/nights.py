"""A night beside the good nights before it: what is worse by more than chance, and what is not.

A night has many figures, and one of them alone must not be taken for worse by chance: the chance
that a night may be wrong is shared out among them. Where the floors are slower, the machine is,
and no time of that night is a verdict on what was built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from history import metric
from history.judging.chance import shifted
from history.judging.effect import Change
from history.judging.figures import Key, MetricFigure, figures_of
from history.judging.mark import BEFORE, mark
from history.platform import different_machines
from history.runs import whole
from history.table import shown, shown_unit

CHANCE = 0.01  # of one false alarm in a night
RESAMPLES = 20_000  # CHANCE is shared out among a hundred figures at most
JUDGED = (
    metric.SIZE,
    metric.MEMORY,
    metric.MEMORY_SMALLEST,
    metric.START_RUNNING,
    metric.START_FIRST_ANSWER,
    metric.START_RESTORED,
    metric.REQUESTS_PER_SECOND,
    metric.LATENCY_MEDIAN,
)
OF_TIME = ("s", "requests/s")


@dataclass(frozen=True)
class Judged:
    """One figure that differs from the good nights before."""

    figure: MetricFigure
    ratio: float
    change: Change

    def __str__(self) -> str:
        """Say what differs, by how much, from what to what."""
        now, unit = self.figure.median, self.figure.unit
        before, after = (shown(value, unit) for value in (now / self.ratio, now))
        return (
            f"{self.figure.subject} ({self.figure.technique}), {self.figure.metric}: {before} -> "
            f"{after} {shown_unit(unit)}, {self.ratio:.2f} times"
        )


@dataclass(frozen=True)
class Verdict:
    """What a night changed."""

    nights: int  # that it was compared with
    judged: int  # figures
    worse: tuple[Judged, ...]
    better: tuple[Judged, ...]
    slower_machine: tuple[Judged, ...]  # its floors that are slower; then no time was judged


def judge(engine: Engine, run: str, good: Sequence[str]) -> Verdict:
    """Compare what a run measured with good runs before it.

    Args:
        engine: the history.
        run: the night's run.
        good: runs of good nights, oldest first; those on other machines are left out.
    """
    here = whole(engine, run)["platform_details"]
    same = [
        one for one in good if not different_machines(whole(engine, one)["platform_details"], here)
    ]
    before = [figures_of(engine, one) for one in same[-BEFORE:]]
    figures = [one for one in figures_of(engine, run).values() if one.valid]
    judged = [one for one in figures if one.metric in JUDGED]
    found = [one for figure in judged if (one := _judged(figure, before, len(judged)))]
    floors = [one for one in found if one.figure.subject in metric.FLOORS.values()]
    slower = tuple(one for one in floors if one.change == "worse" and one.figure.unit in OF_TIME)
    rest = [
        one for one in found if one not in floors and not (slower and one.figure.unit in OF_TIME)
    ]
    worse, better = (
        tuple(one for one in rest if one.change == change) for change in ("worse", "better")
    )
    return Verdict(len(before), len(judged), worse, better, slower)


def _judged(
    now: MetricFigure, nights: Sequence[Mapping[Key, MetricFigure]], figures: int
) -> Judged | None:
    before = [one for night in nights if (one := night.get(now.key)) and one.valid]

    def by_chance() -> float:
        return shifted([value for one in before for value in one.values], now.values, RESAMPLES)

    ratio, change = mark(before, now, by_chance, CHANCE / figures)
    return Judged(now, ratio, change) if ratio and change else None
