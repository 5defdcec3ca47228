"""A recommendation for a person and for a script."""

from __future__ import annotations

from typing import Any

from history import thesis
from history.grid import grid, plain
from history.judging.known import Known
from recommendation.candidates import NEEDED
from recommendation.choice import Advice, Choice

HEADER = ("application", "thesis", "now", "recommended", "confidence", "why")


def as_text(choice: Choice, known: Known | None) -> str:
    """Give it as a table, what it uses together, and what rules the other techniques out."""
    rows = [
        (
            one.application,
            thesis.technique_of(one.application) or "-",
            one.now,
            one.technique if one.technique == one.now else f"{one.technique} *",
            one.confidence,
            one.reason,
        )
        for one in choice.advice
    ]
    changed = sum(one.technique != one.now for one in choice.advice)
    counted = sum(one.chosen is not None for one in choice.advice)
    carrier = f", with {choice.domu}, which carries the containers" if choice.domu else ""
    lines = [
        plain(grid(HEADER, rows)),
        "",
        f"{changed} of {len(rows)} would change (*). The {counted} with figures use "
        f"{choice.memory / 1e6:.1f} MB of memory and {choice.size / 1e6:.1f} MB of size"
        f"{carrier}.",
        f"Figures: {_where(known)}.",
        "",
        "ruled out:",
        *(f"  {line}" for one in choice.advice for line in _ruled_out(one)),
    ]
    return "\n".join(lines) + "\n"


def as_json(choice: Choice, known: Known | None) -> dict[str, Any]:
    """Give it for a script."""
    return {
        "run": known.run["run"] if known else None,
        "platform": known.run["platform"] if known else None,
        "memory": choice.memory,
        "size": choice.size,
        "domu": choice.domu or None,
        "applications": [
            {
                "application": one.application,
                "thesis": thesis.technique_of(one.application),
                "now": one.now,
                "recommended": one.technique,
                "confidence": one.confidence,
                "reason": one.reason,
                "figures": {metric: one.chosen.of(metric) for metric in NEEDED}
                if one.chosen
                else None,
                "ruled_out": dict(one.ruled_out),
            }
            for one in choice.advice
        ],
    }


def _where(known: Known | None) -> str:
    if known is None:
        return "nothing was measured of this environment"
    return f"as of run {known.run['run']}, on {known.run['platform']}"


def _ruled_out(one: Advice) -> list[str]:
    return [f"{one.application} as {name}: {why}" for name, why in one.ruled_out.items()]
