"""`history compare` and `history trends`: what got better or worse."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from commands.history.printing import cell, print_grid, print_json, write
from errors import WrongInput

if TYPE_CHECKING:
    from history import History
    from history.judging.trends import Point, Trend
    from history.judging.two_runs import Compared

COMPARE = """\
Compare all that was measured in run B with the same in run A: the ratio of the medians, B / A,
with its bootstrap 95 % interval, and a verdict. Better and worse are said where the interval does
not hold 1 and the ratio is off by 5 % or more, 1 % for what does not scatter, such as an image's
size. Figures of two machines (other kind, processor, cores or memory) are not comparable, nor are
starts with fewer than three samples.
"""
TRENDS = """\
Follow every metric of every subject over the runs on one machine, and mark the runs that changed
it: off by 5 % or more (1 % for what does not scatter) from the median of up to seven runs before,
beyond each of them, and further than chance would bring it in one of a hundred runs (a permutation
test of the samples). What scatters is marked once there are three runs before.
"""


def compare(history: History, asked: argparse.Namespace) -> None:
    """Compare two runs."""
    from history.grid import grid

    found = history.compare(asked.a, asked.b)
    if not found:
        raise WrongInput(
            f"nothing was measured in {asked.a}, and nothing in {asked.b}",
            remedy="see what was: python -m flows.history metrics",
        )
    if asked.output == "json":
        return print_json([one.as_json() for one in found])
    titles = ("subject", "technique", "metric", "A", "B", "unit", "B / A", "verdict", "why")
    print_grid(grid(titles, [_compared(one) for one in found], right=(3, 4, 6)))
    counts = dict.fromkeys(("better", "worse", "no difference", "not comparable"), 0)
    for one in found:
        counts[one.verdict] += 1
    write("\n" + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + "\n")
    return None


def _compared(one: Compared) -> list[str]:
    from history.table import DASH, NONE, shown, shown_unit

    medians = [
        NONE if median is None else shown(median, one.unit)
        for median in (one.median_a, one.median_b)
    ]
    ratio = NONE
    if one.ratio is not None:
        spread = f" ({one.low:.2f}{DASH}{one.high:.2f})" if one.low != one.high else ""
        ratio = f"{one.ratio:.2f}{spread}"
    names = [one.subject, one.technique, one.metric]
    return [*names, *medians, shown_unit(one.unit), ratio, one.verdict, one.reason]


def trends(history: History, asked: argparse.Namespace) -> None:
    """Follow figures over all runs."""
    from history.grid import grid

    found = history.trends(asked.subject, asked.technique, asked.metric, asked.environment)
    if asked.marked:
        found = [one for one in found if one.marked]
    if asked.output == "json":
        return print_json([one.as_json() for one in found])
    titles = ("subject", "technique", "metric", "runs", "first", "last", "unit", "changed in")
    return print_grid(grid(titles, [_trend(one) for one in found], right=(3, 4, 5)))


def _trend(one: Trend) -> list[object]:
    from history.table import shown, shown_unit

    first, last = one.points[0].median, one.points[-1].median
    marks = "; ".join(marked(point) for point in one.marked)
    medians = [shown(first, one.unit), shown(last, one.unit)]
    names = [one.subject, one.technique, one.metric, len(one.points)]
    return [*names, *medians, shown_unit(one.unit), marks]


def marked(point: Point) -> str:
    """Say what a run changed: '2026-11-30 23:59:07 worse, 1.12 times'."""
    return f"{cell(point.started)} {point.mark}, {point.ratio:.2f} times"
