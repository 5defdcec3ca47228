"""The tables of a report: 1.1, 3.1 and 4.3 of the thesis made anew, and all cells."""

from __future__ import annotations

from collections.abc import Sequence

from deployments.model import Application, Environment
from history import thesis
from history.grid import Cell, Grid, grid
from history.judging.figures import MetricFigure
from history.judging.known import Known
from history.judging.trends import Trend
from history.metric import (
    FLOORS,
    METRICS,
    MORE_IS_BETTER,
    START_FIRST_ANSWER,
    START_RUNNING,
    Technique,
)
from history.table import DASH, NONE, TIMES, Column, columns_of, shown, shown_unit
from report.parts import Table
from report.spread import lines, spread

NOT_MEASURED = "not measured"
WORDS = {"vm": "virtual machine", "container": "container", "unikernel": "unikernel"}
# Steps of the heat, by the ratio to the row's best: one that is darker is worse.
HEAT = (1.0, 1.5, 2.5, 5.0, 10.0)


def table_1_1(environment: Environment, known: Known) -> Table:
    """Which technique each application has, there and here."""
    rows = []
    for app in environment.applications:
        theirs = thesis.technique_of(app.name)
        measured = [name for name in WORDS if known.figure(app.name, name, "size")]
        same = "" if theirs in (None, app.technique) else "bold"
        rows.append(
            (
                Cell((app.name,)),
                Cell((WORDS[theirs] if theirs else NONE,)),
                Cell((WORDS[app.technique],), same),
                Cell((", ".join(WORDS[name] for name in measured) or NOT_MEASURED,)),
            )
        )
    header = ("application", "thesis", "this environment", "measured as")
    return Table("Which technique for which application (table 1.1)", Grid(header, tuple(rows)))


def table_3_1(environment: Environment, known: Known) -> Table:
    """How the three techniques differ, by what runs here and how large it is."""
    rows = []
    for theirs in thesis.TABLE_3_1:
        here = _kind_here(theirs.technique, environment, known)
        pairs = zip((theirs.application, theirs.privilege, theirs.isolation), here, strict=True)
        cells = [Cell((ours, f"thesis: {said}")) for said, ours in pairs]
        sizes = _sizes(theirs.technique, known)
        rows.append((Cell((WORDS[theirs.technique],)), *cells, _sized(sizes, theirs.size)))
    header = ("type", "application", "privilege level", "isolation comes from", "image size")
    return Table("How the three environments differ (table 3.1)", Grid(header, tuple(rows)))


def _kind_here(
    technique: Technique, environment: Environment, known: Known
) -> tuple[str, str, str]:
    platform = known.run["platform_details"]
    xen = f"Xen {platform['hypervisor_version']}".strip()
    if technique == "container":
        docker = f"Docker {platform['engine_version']}".strip()
        return docker, "ring 3", "the kernel of its domU"
    if technique == "vm":
        # Its kernel is loaded by pygrub: PV, for which 64-bit Xen has ring 3 only.
        return xen, "ring 3 (PV; Xen itself in ring 0)", "hypervisor"
    apps = environment.unikernels
    tools = ", ".join(dict.fromkeys(str(app.toolchain) for app in apps)) or NONE
    types = sorted({str(app.type) for app in apps})
    rings = {"pv": "ring 3 (PV; Xen itself in ring 0)", "pvh": "ring 0 of a hardware guest (PVH)"}
    rung = ", ".join(rings[kind] for kind in types) or NONE
    return f"{xen}, built with {tools}", rung, "hypervisor"


def _sizes(technique: str, known: Known) -> list[float]:
    figures = (known.figure(*subject, "size") for subject in known.subjects())
    return sorted(one.median for one in figures if one and one.technique == technique)


def _sized(sizes: Sequence[float], said: str) -> Cell:
    if not sizes:
        return Cell((NOT_MEASURED, f"thesis: {said}"), "dim")
    few = dict.fromkeys((shown(sizes[0], "bytes"), shown(sizes[-1], "bytes")))
    return Cell((f"{DASH.join(few)} MB", f"thesis: {said}"))


def table_4_3(environment: Environment, known: Known) -> Table:
    """Each figure beside the thesis', with how much of it ours is."""
    applications = {app.name for app in environment.applications}
    columns = columns_of(metric for _, _, metric in known.figures)
    rows = []
    done = set()
    for subject in sorted(known.subjects(), key=_place):
        row = thesis.row_of(*subject)
        if row is None and subject[1] == "vm" and subject[0] not in applications:
            row = thesis.TABLE_4_3[0]
        done.add(row)
        rows.append(_row_4_3(subject, row, known, columns))
    for row in thesis.TABLE_4_3:
        if row not in done:
            rows.append(_row_4_3((row.name, row.technique), row, known, columns))
    header = ("application", "technique", *(title.replace("\n", " ") for _, title, _ in columns))
    right = frozenset(range(2, 2 + len(columns)))
    return Table("What was measured (table 4.3)", Grid(header, tuple(rows), right))


def _place(subject: tuple[str, str]) -> tuple[object, ...]:
    row = thesis.row_of(*subject)
    known = (*thesis.TABLE_4_3, *thesis.FAILED)
    return list(WORDS).index(subject[1]), known.index(row) if row else len(known), subject[0]


def _row_4_3(
    subject: tuple[str, str], row: thesis.Row | None, known: Known, columns: Sequence[Column]
) -> tuple[Cell, ...]:
    name, technique = subject
    names = (name,) if row is None or row.name == name else (name, f"thesis: {row.name}")
    cells = [_beside(known.figure(*subject, metric), row, metric) for metric, _, _ in columns]
    return (Cell(names), Cell((WORDS[technique],)), *cells)


def _beside(ours: MetricFigure | None, row: thesis.Row | None, metric: str) -> Cell:
    theirs = row.figure(metric) if row else None
    said = () if theirs is None else (f"thesis {shown(theirs, METRICS[metric].unit)}",)
    if ours is None:
        return Cell((NOT_MEASURED, *said), "dim")
    if theirs is None:
        return Cell((*lines(ours), *said), "" if ours.valid else "yellow")
    ratio = ours.median / theirs
    word = "better" if ratio < 1 else "worse"
    style = "yellow" if not ours.valid else "bold green" if ratio < 1 else "bold red"
    return Cell((*lines(ours), *said, f"{ratio:.2g} {TIMES} thesis, {word}"), style)


def heat(environment: Environment, known: Known, metric: str, title: str) -> Table:
    """All applications in all techniques: one metric, each cell by its ratio to its row's best."""
    rows = [_heat_row(app, known, metric) for app in environment.applications]
    unit = shown_unit(METRICS[metric].unit)
    header = ("application", *(f"{WORDS[name]} [{unit}]" for name in WORDS))
    return Table(title, Grid(header, tuple(rows), frozenset(range(1, 1 + len(WORDS)))))


def _heat_row(app: Application, known: Known, metric: str) -> tuple[Cell, ...]:
    figures = [known.figure(app.name, technique, metric) for technique in WORDS]
    good = [one.median for one in figures if one and one.valid and one.median > 0]
    best = (max if METRICS[metric].unit in MORE_IS_BETTER else min)(good, default=None)
    cells = [_heat_cell(one, best, len(good)) for one in figures]
    return (Cell((app.name,)), *cells)


def _heat_cell(figure: MetricFigure | None, best: float | None, measured: int) -> Cell:
    if figure is None:
        return Cell((NOT_MEASURED,), "dim")
    if not figure.valid or best is None or figure.median <= 0:
        return Cell((*lines(figure), "not valid" if not figure.valid else ""), "yellow")
    if measured == 1:
        return Cell((*lines(figure), "the only one"), "heat-none")
    ratio = max(figure.median / best, best / figure.median)
    step = sum(ratio > least for least in HEAT)
    return Cell((*lines(figure), "best" if ratio == 1 else f"{ratio:.2g} {TIMES}"), f"heat-{step}")


def floors(known: Known) -> Table | None:
    """What cannot be avoided on this machine; None where it was not measured."""
    rows = []
    timed = (START_RUNNING, START_FIRST_ANSWER)
    for name, technique in ((FLOORS[kind], kind) for kind in ("unikernel", "container")):
        figures = [known.figure(name, technique, metric) for metric in timed]
        if any(figures):
            cells = (f"{spread(one)} ms" if one else NOT_MEASURED for one in figures)
            rows.append((name, *cells))
    header = ("floor", "start to running", "start to its end")
    return Table("The floors", grid(header, rows, right=(1, 2))) if rows else None


def definitions() -> Table:
    """Each metric with its unit and definition."""
    rows = [(name, one.unit, one.meaning) for name, one in METRICS.items()]
    return Table("The metrics", grid(("metric", "unit", "definition"), rows))


def methods(known: Known) -> Table:
    """How each figure was taken, and in which run."""
    rows = []
    for key, figure in sorted(known.figures.items()):
        subject, technique, metric = key
        said = "valid" if figure.valid else "not valid"
        rows.append((subject, technique, metric, len(figure.values), said, known.runs[key]))
    header = ("subject", "technique", "metric", "samples", "valid", "run")
    return Table("Where each figure is from", grid(header, rows, right=(3,)))


def changes(found: Sequence[Trend]) -> Table:
    """Each run that changed a figure."""
    rows = [
        (
            f"{point.started[:10]} {point.started[11:16]}",
            point.run,
            trend.subject,
            trend.technique,
            trend.metric,
            f"{point.mark}, {point.ratio:.2f} {TIMES}",
        )
        for trend in found
        for point in trend.marked
    ]
    header = ("when (UTC)", "run", "subject", "technique", "metric", "to the runs before")
    return Table("Runs that changed a figure", grid(header, sorted(rows, reverse=True)))
