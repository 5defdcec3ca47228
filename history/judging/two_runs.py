"""Two runs side by side: what is better, worse or the same in the second, or not to be told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import Engine

from history.judging.chance import Interval, ratio_of_medians
from history.judging.effect import FEWEST, Change, change_of, least_effect
from history.judging.figures import Key, MetricFigure, figures_of
from history.metric import CONDITIONS, METRICS, TECHNIQUES
from history.platform import different_machines
from history.runs import whole

Verdict = Literal["better", "worse", "no difference", "not comparable"]
VERDICTS: dict[Change, Verdict] = {"better": "better", "worse": "worse", "": "no difference"}


@dataclass(frozen=True)
class Compared:
    """One metric of one subject in two runs; None where there is no such figure."""

    subject: str
    technique: str
    metric: str
    unit: str
    median_a: float | None
    median_b: float | None
    samples_a: int
    samples_b: int
    ratio: float | None
    low: float | None  # of the ratio's 95 % interval
    high: float | None
    verdict: Verdict
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Give it as `history compare -o json` prints it."""
        return asdict(self)


def compare(engine: Engine, a: str, b: str) -> list[Compared]:
    """Compare all that was measured in run b with the same in run a.

    Args:
        engine: the history.
        a: a run's id, a beginning of it, or 'last'.
        b: the later one, likewise.

    Raises:
        WrongInput: there is no such run.
    """
    first, second = whole(engine, a), whole(engine, b)
    apart = different_machines(first["platform_details"], second["platform_details"])
    figures_a, figures_b = (figures_of(engine, run["run"]) for run in (first, second))
    keys = sorted(figures_a.keys() | figures_b.keys(), key=_place)
    return [_compared(key, figures_a.get(key), figures_b.get(key), apart) for key in keys]


def _place(key: Key) -> tuple[object, ...]:
    subject, technique, metric = key
    known = list(METRICS)
    place = known.index(metric) if metric in known else len(known)
    return subject, TECHNIQUES.index(technique), place, metric


def _compared(key: Key, a: MetricFigure | None, b: MetricFigure | None, apart: str) -> Compared:
    subject, technique, metric = key
    some = a or b
    assert some is not None, "a key is of one of the two"
    interval: Interval | None = None
    verdict: Verdict = "not comparable"
    reason = _not_comparable(a, b) or apart
    if metric in CONDITIONS:
        reason = "how quiet the machine was is no result"
    if a and b and not reason:
        interval, verdict, reason = _judged(a, b)
    return Compared(
        subject,
        technique,
        metric,
        some.unit,
        a.median if a else None,
        b.median if b else None,
        len(a.values) if a else 0,
        len(b.values) if b else 0,
        interval.ratio if interval else None,
        interval.low if interval else None,
        interval.high if interval else None,
        verdict,
        reason,
    )


def _not_comparable(a: MetricFigure | None, b: MetricFigure | None) -> str:
    """Say what keeps two figures, whatever their platforms, from being compared."""
    for name, figure in (("A", a), ("B", b)):
        if figure is None:
            return f"not measured in {name}"
        if not figure.valid:
            return f"not valid in {name}"
    assert a is not None
    assert b is not None
    if a.unit != b.unit:
        return f"{a.unit} in A, {b.unit} in B"
    if min(a.values) <= 0 < b.median:
        return "0 in A: there is no ratio to it"
    if not (a.exact and b.exact) and min(len(a.values), len(b.values)) < FEWEST:
        return f"fewer than {FEWEST} samples: their spread is not known"
    return ""


def _judged(a: MetricFigure, b: MetricFigure) -> tuple[Interval, Verdict, str]:
    if b.median == 0 and a.median == 0:
        return Interval(1, 1, 1), "no difference", "0 in both"
    interval = ratio_of_medians(a.values, b.values)
    if interval.low <= 1 <= interval.high:
        reason = "the same" if interval.low == interval.high else "the interval holds 1"
        return interval, "no difference", reason
    exact = a.exact and b.exact
    change = change_of(interval.ratio, a.unit, exact)
    least = f"{least_effect(exact):.0%}"
    return interval, VERDICTS[change], f"by {least} or more" if change else f"by less than {least}"
