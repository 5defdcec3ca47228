"""From what size on a difference is worth a word, and in which direction it is a good one."""

from __future__ import annotations

from typing import Literal

from history.metric import MORE_IS_BETTER

Change = Literal["better", "worse", ""]

# An A/A arm may be 5 % off before a run is void, so less than that says nothing of what scatters.
OF_SAMPLES = 0.05
OF_EXACT = 0.01  # an image's bytes are what they are

FEWEST = 3  # samples from which a spread can be told


def is_exact(unit: str, low: float, high: float) -> bool:
    """Tell whether a figure has no spread by its nature: bytes of an image, not seconds."""
    return unit in ("bytes", "count") and low == high


def least_effect(exact: bool) -> float:
    """Give the part by which a figure must differ to be called different."""
    return OF_EXACT if exact else OF_SAMPLES


def change_of(ratio: float, unit: str, exact: bool) -> Change:
    """Say what a ratio to before means; empty where it is too near to 1."""
    least = 1 + least_effect(exact)
    if 1 / least < ratio < least:
        return ""
    grew = ratio > 1
    return "better" if grew == (unit in MORE_IS_BETTER) else "worse"
