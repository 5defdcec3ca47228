"""What the doctor found: a line each, with what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from errors import EposVirtError

Verdict = Literal["works", "note", "fails"]


@dataclass(frozen=True)
class Finding:
    """One thing that a deployment needs.

    Args:
        subject: what was looked at.
        verdict: `works`; `note`, works and is worth knowing; `fails`, a deployment would.
        seen: what there is.
        remedy: what to do about it; empty where nothing is to be done.
    """

    subject: str
    verdict: Verdict
    seen: str
    remedy: str = ""


def works(subject: str, seen: str) -> Finding:
    """Say that something is as a deployment needs it."""
    return Finding(subject, "works", seen)


def note(subject: str, seen: str, remedy: str = "") -> Finding:
    """Say what a deployment can do with, and its operator may want to know."""
    return Finding(subject, "note", seen, remedy)


def fails(subject: str, seen: str, remedy: str) -> Finding:
    """Say what a deployment would fail of."""
    return Finding(subject, "fails", seen, remedy)


def told(subject: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Give what a look finds; an error of ours that ends it is what it found last."""
    try:
        yield from look()
    except EposVirtError as error:
        yield fails(subject, "; ".join(filter(None, (error.what, error.seen))), error.remedy)
