"""Putting a report together from an environment and the history."""

from __future__ import annotations

from deployments.model import Environment
from history import History, thesis
from history.judging.known import Known, known
from history.judging.mark import BEFORE
from history.judging.trends import CHANCE, Trend
from history.metric import (
    FLOORS,
    LATENCY_MEDIAN,
    LATENCY_P99,
    MEMORY,
    MEMORY_SMALLEST,
    REQUESTS_PER_SECOND,
    SIZE,
    START_FIRST_ANSWER,
    TECHNIQUES,
)
from history.platform import different_machines
from report import plots, tables
from report.parts import Picture, Report, Section, Table

HEATED = (
    (SIZE, "Size"),
    (MEMORY, "Memory after the first answer"),
    (START_FIRST_ANSWER, "Start to the first correct answer"),
    (REQUESTS_PER_SECOND, "Correct answers a second"),
    (LATENCY_MEDIAN, "Latency under that load"),
    (LATENCY_P99, "Latency of 99 % of answers"),
)
UNDER_LOAD = HEATED[3:]
FOLLOWED = (SIZE, MEMORY, MEMORY_SMALLEST, START_FIRST_ANSWER, REQUESTS_PER_SECOND, LATENCY_MEDIAN)


def build(environment: Environment, history: History, run: str) -> Report:
    """Put together what is known of an environment as of a run.

    Args:
        environment: what is deployed.
        history: what was measured.
        run: a run's id, a beginning of it, or 'last': the environment's last that measured.

    Raises:
        WrongInput: there is no such run, or nothing was measured.
    """
    found = known(history.engine, run, environment.name)
    about = found.run
    followed = [
        trend
        for trend in history.trends(environment=about["environment"])
        if not different_machines(trend.platform_details, about["platform_details"])
    ]
    title = f"{about['environment']}: applications as virtual machines, containers and unikernels"
    return Report(
        title,
        _summary(environment, found),
        (
            _decisions(environment, found),
            _figures(environment, found),
            _cells(environment, found),
            _trends(followed),
            _method(found),
        ),
    )


def _summary(environment: Environment, found: Known) -> str:
    about = found.run
    cells = sum(
        found.figure(app.name, technique, SIZE) is not None
        for app in environment.applications
        for technique in TECHNIQUES
    )
    started = about["started"][:16].replace("T", " ")
    return (
        f"As of run {about['run']} ({about['flow']}, {about['state']}, {started} "
        f"UTC), on: {about['platform']}. {cells} of "
        f"{len(environment.applications) * len(TECHNIQUES)} cells, each an application in a "
        f"technique, were measured; where a figure is from another run than this one, the last "
        f"table says so."
    )


def _decisions(environment: Environment, found: Known) -> Section:
    return Section(
        "decisions",
        "Which technique, and what that means",
        "Tables 1.1 and 3.1 of the thesis, made anew from the environment's file and what was "
        "measured.",
        (tables.table_1_1(environment, found), tables.table_3_1(environment, found)),
    )


def _figures(environment: Environment, found: Known) -> Section:
    pictures = (
        plots.scattered(found, SIZE, "Size, beside the thesis"),
        plots.scattered(found, MEMORY, "Memory, beside the thesis"),
        plots.scattered(found, MEMORY_SMALLEST, "Smallest memory that still answers"),
        plots.starts(found),
    )
    return Section(
        "figures",
        "What was measured, beside the thesis",
        f"The thesis' figures are {thesis.SOURCE}. Ours are medians, with the smallest and the "
        f"largest sample. Better and worse are of two different machines: see the floors below.",
        (
            tables.table_4_3(environment, found),
            *(picture for picture in pictures if picture),
        ),
    )


def _cells(environment: Environment, found: Known) -> Section:
    heated = [
        tables.heat(environment, found, metric, title)
        for metric, title in HEATED
        if (metric, title) not in UNDER_LOAD or _measured(found, metric)
    ]
    pictures = (plots.scattered(found, metric, title) for metric, title in UNDER_LOAD)
    drawn = [picture for picture in pictures if picture]
    missing = "" if drawn else " Requests per second were not measured."
    parts: list[Table | Picture] = [*heated, *drawn]
    return Section(
        "cells",
        "Every application in every technique",
        "Each cell says how many times the best of its row it is; the darker, the worse." + missing,
        parts,
    )


def _measured(found: Known, metric: str) -> bool:
    return any(key[2] == metric for key in found.figures)


def _trends(found: list[Trend]) -> Section:
    several = [one for one in found if one.metric in FOLLOWED and len(one.points) > 1]
    followed = [one for one in several if _moves(one) and one.subject not in FLOORS.values()]
    marked = [one for one in found if one.marked]
    rule = (
        f"A run is marked where it is off by 5 % or more (1 % for what does not scatter) from the "
        f"median of up to {BEFORE} runs before, beyond each of them, and chance alone would do as "
        f"much in less than {CHANCE:.0%} of runs (permutation test). Only runs on this machine."
    )
    if not several:
        return Section("trends", "Trends", rule + " Nothing was measured in two runs yet.")
    rule += (
        f" Drawn are the {len(followed)} of {len(several)} figures that are not always the same."
    )
    parts: list[Table | Picture] = [tables.changes(marked)] if marked else []
    parts += [plots.trend(one) for one in sorted(followed, key=lambda one: not one.marked)]
    return Section("trends", "Trends", rule + ("" if marked else " No run is marked."), parts)


def _moves(one: Trend) -> bool:
    return len({point.median for point in one.points}) > 1


def _method(found: Known) -> Section:
    floors = tables.floors(found)
    text = (
        "Each start is timed from the command that creates it; a probe on the server asks for the "
        "application's own answer. Medians of all samples; none is left out. "
    )
    text += (
        "The floors are an empty guest and an empty container on the same machine: no start can "
        "be shorter, and ratios to them can be compared between machines."
        if floors
        else "The floors were not measured."
    )
    parts = [tables.definitions(), *([floors] if floors else []), tables.methods(found)]
    return Section("method", "How it was measured", text, parts)
