"""What could be chance: an interval for a ratio, and how often chance alone would do as much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
CONFIDENCE = 0.95
FAR_OFF = (0.05, 0.95)
SEED = 20180709  # the same samples get the same verdict, whenever they are asked about

_ENDS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)

Floats = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """A ratio and between what it lies."""

    ratio: float
    low: float
    high: float


def ratio_of_medians(a: Sequence[float], b: Sequence[float]) -> Interval:
    """Give the median of b over that of a, with its bootstrap 95 % interval.

    Both are resampled apart: samples of two runs are no pairs.

    Raises:
        ValueError: one of them has no samples, or a has one of 0, to which there is no ratio.
    """
    if not a or not b or min(a) <= 0:
        raise ValueError(
            f"no ratio of {len(b)} samples to {len(a)}, the smallest {min(a, default=0)}"
        )
    chance = np.random.default_rng(SEED)
    ratios = _medians(chance, b) / _medians(chance, a)
    low, high = np.quantile(ratios, _ENDS)
    return Interval(float(np.median(b) / np.median(a)), float(low), float(high))


def reach_of_median(values: Sequence[float]) -> float:
    """Give how far the median's bootstrap 95 % interval reaches from it, as a part of it.

    Raises:
        ValueError: there are no values, or the smallest is 0, of which there is no part.
    """
    if not values or min(values) <= 0:
        raise ValueError(f"no part of the median of {len(values)} values")
    middle = float(np.median(values))
    low, high = np.quantile(_medians(np.random.default_rng(SEED), values), _ENDS)
    return float(max(high - middle, middle - low)) / middle


def permuted(a: Sequence[float], b: Sequence[float]) -> float:
    """Give the part of all ways to share the samples out that set a and b apart as much.

    A permutation test of the ranks' sum, two-sided: a few samples far off move no rank much.
    """
    return _as_far(_ranks(np.asarray([*a, *b], dtype=float)), len(a), RESAMPLES)


def shifted(a: Sequence[float], b: Sequence[float], resamples: int) -> float:
    """Give the same of the mean of logarithms, for samples that are not negative.

    It finds a small shift of all samples sooner than ranks do; what is far off, a twentieth at
    either end, counts as the nearest that is not.
    """
    together = np.asarray([*a, *b], dtype=float)
    low, high = np.quantile(together, FAR_OFF)
    if low <= 0:  # of which there is no logarithm
        return _as_far(_ranks(together), len(a), resamples)
    return _as_far(np.log(np.clip(together, low, high)), len(a), resamples)


def _as_far(scores: Floats, first: int, resamples: int) -> float:
    """Tell how often chance sets the scores after the first ones apart from all as much."""
    centred = scores - scores.mean()
    seen = abs(centred[first:].sum())
    chance = np.random.default_rng(SEED)
    shuffled = chance.permuted(np.tile(centred, (resamples - 1, 1)), axis=1)
    as_far = np.abs(shuffled[:, first:].sum(axis=1)) >= seen - 1e-9
    return float((1 + as_far.sum()) / resamples)


def _medians(chance: np.random.Generator, values: Sequence[float]) -> Floats:
    drawn = chance.choice(np.asarray(values, dtype=float), size=(RESAMPLES, len(values)))
    found: Floats = np.median(drawn, axis=1)
    return found


def _ranks(values: Floats) -> Floats:
    """Rank from 1; equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean: Floats = ends - (counts - 1) / 2
    return mean[inverse]
