"""A figure in words: its median, and between what its samples lie."""

from __future__ import annotations

from history.judging.figures import MetricFigure
from history.table import DASH, shown


def spread(figure: MetricFigure) -> str:
    """Give 'median (low-high)', or the figure alone where all samples are the same."""
    first, *rest = lines(figure)
    return f"{first} ({rest[0]})" if rest else first


def lines(figure: MetricFigure) -> tuple[str, ...]:
    """Give the same as two lines of a cell, or one."""
    median, low, high = (
        shown(value, figure.unit) for value in (figure.median, figure.low, figure.high)
    )
    return (median,) if low == high else (median, f"{low}{DASH}{high}")
