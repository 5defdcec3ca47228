"""The techniques an application could have, with their figures, and what rules the others out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deployments.model import Application, Environment
from errors import WrongInput
from history.judging.effect import FEWEST
from history.judging.figures import MetricFigure
from history.judging.known import Known
from history.metric import MEMORY, SIZE, START_FIRST_ANSWER, TECHNIQUES, Technique
from recommendation.rewriting import rewritten

NEEDED = (SIZE, MEMORY, START_FIRST_ANSWER)
WORDS = {SIZE: "size", MEMORY: "memory", START_FIRST_ANSWER: "start to first answer"}


@dataclass(frozen=True)
class Candidate:
    """A technique that an application could have, with what it costs."""

    technique: Technique
    figures: Mapping[str, MetricFigure]

    def of(self, metric: str) -> float:
        """Give the median of a metric."""
        return self.figures[metric].median


@dataclass(frozen=True)
class Candidates:
    """All that an application could be, and why it could not be the rest."""

    application: Application
    possible: tuple[Candidate, ...]
    ruled_out: Mapping[str, str]  # reason by technique


def candidates(
    environment: Environment, known: Known | None, start: float | None = None
) -> list[Candidates]:
    """Say of each application which techniques can be chosen from.

    Args:
        environment: what is deployed.
        known: what was measured; None where nothing was.
        start: seconds that a start to its first answer may take, None for any.
    """
    return [_of(environment, app, known, start) for app in environment.applications]


def _of(
    environment: Environment, app: Application, known: Known | None, start: float | None
) -> Candidates:
    possible: list[Candidate] = []
    ruled_out: dict[str, str] = {}
    for technique in _techniques():
        figures = {
            metric: figure
            for metric in NEEDED
            if known and (figure := known.figure(app.name, technique, metric))
        }
        reason = (
            _cannot_be(environment, app, technique)
            or _not_known(figures)
            or _too_slow(figures[START_FIRST_ANSWER], start)
        )
        if reason:
            ruled_out[technique] = reason
        else:
            possible.append(Candidate(technique, figures))
    return Candidates(app, tuple(possible), ruled_out)


def _techniques() -> Iterator[Technique]:
    names: dict[str, Technique] = {"vm": "vm", "container": "container", "unikernel": "unikernel"}
    yield from (names[name] for name in TECHNIQUES)


def _cannot_be(environment: Environment, app: Application, technique: Technique) -> str:
    """Try to write the environment so, and say what speaks against it."""
    if technique == app.technique:
        return ""
    try:
        rewritten(environment, {app.name: technique}, {}, environment.path)
    except WrongInput as error:
        # my.yaml:61: applications[0].technique: what is wrong
        return re.sub(r"^.*?applications\S*: ", "", error.what.splitlines()[0])
    return ""


def _not_known(figures: Mapping[str, MetricFigure]) -> str:
    missing = [WORDS[metric] for metric in NEEDED if metric not in figures]
    if len(missing) == len(NEEDED):
        return "not measured"
    if missing:
        return f"not measured: {', '.join(missing)}"
    doubtful = [WORDS[metric] for metric, figure in figures.items() if not figure.valid]
    if doubtful:
        return f"measured, but not validly: {', '.join(doubtful)}"
    zero = [WORDS[metric] for metric, figure in figures.items() if figure.median <= 0]
    if zero:
        return f"measured as 0: {', '.join(zero)}"
    if len(figures[START_FIRST_ANSWER].values) < FEWEST:
        return f"fewer than {FEWEST} starts were measured"
    return ""


def _too_slow(figure: MetricFigure, most: float | None) -> str:
    if most is None or figure.median <= most:
        return ""
    return f"answers after {figure.median:.2f} s, of {most:g} s allowed"
