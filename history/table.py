"""A run's figures beside the thesis': its table 4.3, measured again."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from errors import WrongInput
from history import grid, thesis
from history.grid import Cell, Grid
from history.metric import (
    EXECUTABLES,
    FILES,
    FLOORS,
    LATENCY_MEDIAN,
    LATENCY_P99,
    MEMORY,
    MEMORY_SMALLEST,
    METRICS,
    REQUESTS_PER_SECOND,
    SETUID,
    SIZE,
    START_DIRECT,
    START_FIRST_ANSWER,
    START_RUNNING,
    TECHNIQUES,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from history.door import History

WIDTH = 120  # characters of the aligned text; a terminal has its own

# Named, because they are easily taken for - and x.
DASH = "\u2013"
TIMES = "\u00d7"

NONE = DASH
DOUBTFUL = "?"

Column = tuple[str, str, str]  # metric, title and the words of its definition

COLUMNS: tuple[Column, ...] = (
    (SIZE, "size\n[MB]", "size"),
    (MEMORY, "memory\n[MB]", "memory"),
    (MEMORY_SMALLEST, "smallest\nmemory [MB]", "smallest memory"),
    (START_RUNNING, "start to\nrunning [ms]", "start to running"),
    (START_FIRST_ANSWER, "start to first\nanswer [ms]", "start to first answer"),
)
FURTHER: tuple[Column, ...] = (  # only where they were measured
    (REQUESTS_PER_SECOND, "requests\n[1/s]", "requests"),
    (LATENCY_MEDIAN, "latency\n[ms]", "latency"),
    (LATENCY_P99, "latency\nof 99 % [ms]", "latency of 99 %"),
    (FILES, "files", "files"),
    (EXECUTABLES, "executable", "executable"),
    (SETUID, "setuid", "setuid"),
)

# Shown units: a line's figures share one, so that they can be compared by eye.
SHOWN: dict[str, tuple[float, str]] = {"bytes": (1e-6, "MB"), "s": (1e3, "ms")}

Figures = Mapping[str, Any]  # one object of `history metrics -o json`


@dataclass(frozen=True)
class Note:
    """A line below the table: what it is about, and the text."""

    label: str
    text: str


@dataclass(frozen=True)
class Comparison:
    """All that is printed, whatever it is printed on."""

    title: str
    tables: tuple[Grid, ...]  # beside the thesis', and what it did not have
    notes: tuple[Note, ...]


def comparison(history: History, run: str) -> str:
    """Give a run's figures beside the thesis' as aligned text.

    Args:
        history: where the run is.
        run: its id, a beginning of it, or 'last'.

    Raises:
        WrongInput: when there is no such run, or nothing was measured in it.
    """
    compared = compare(history, run)
    width = max(len(note.label) for note in compared.notes) + 2
    notes = [
        textwrap.fill(
            f"{note.label + ':':{width}}{note.text}",
            WIDTH,
            subsequent_indent=" " * width,
            break_on_hyphens=False,
        )
        for note in compared.notes
    ]
    tables = map(grid.plain, compared.tables)
    return "\n\n".join([compared.title, *tables, "\n".join(notes)]) + "\n"


def renderable(history: History, run: str) -> RenderableType:
    """Give the same for a terminal: rich, with our figure green where it beats the thesis'."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    compared = compare(history, run)
    notes = grid.grid(("", ""), [(f"{note.label}:", note.text) for note in compared.notes])
    below = grid.terminal(notes)
    below.show_header = False
    below.style = "dim"
    return Group(
        Text(compared.title, style="bold"),
        *(Padding(grid.terminal(one), (1, 0)) for one in compared.tables),
        below,
    )


def markdown(history: History, run: str) -> str:
    """Give the same as Markdown, for a Prefect artifact or a README."""
    compared = compare(history, run)
    notes = [
        f"- **{grid.escaped(note.label)}**: {grid.escaped(note.text)}" for note in compared.notes
    ]
    title = f"**{grid.escaped(compared.title)}**"
    tables = map(grid.markdown, compared.tables)
    return "\n\n".join([title, *tables, "\n".join(notes)]) + "\n"


def compare(history: History, run: str) -> Comparison:
    """Put a run's figures beside the thesis'; see `comparison`."""
    from history.read import records

    about = history.run(run)
    found = records(history.metrics(run=about["run"]))
    if not found:
        raise WrongInput(
            f"nothing was measured in run {about['run']}",
            remedy="see what was: python -m flows.history metrics",
        )
    subjects: dict[tuple[str, str], dict[str, Figures]] = {}
    for figures in found:
        named = subjects.setdefault((figures["subject"], figures["technique"]), {})
        named[figures["metric"]] = figures
    rows = {name: _thesis_row(name, list(subjects)) for name in subjects}
    order = sorted(subjects, key=lambda name: _place(name, rows[name]))
    columns = columns_of(figures["metric"] for figures in found)
    below = [name for name in order if set(subjects[name]) & {metric for metric, *_ in FURTHER}]
    tables = [(order, COLUMNS), *([(below, columns[len(COLUMNS) :])] if below else [])]
    return Comparison(
        f"Run {about['run']}: {about['flow']}, {about['environment']}, {about['state']}",
        tuple(
            Grid(
                ("application", "technique", *(title for _, title, _ in wanted)),
                tuple(_row(name, rows[name], subjects[name], wanted) for name in names),
                frozenset(range(2, 2 + len(wanted))),
            )
            for names, wanted in tables
        ),
        tuple(_notes(about, found, rows, columns)),
    )


def columns_of(measured: Iterable[str]) -> tuple[Column, ...]:
    """Give the columns for the metrics that were measured; the further ones come last."""
    found = set(measured)
    return COLUMNS + tuple(column for column in FURTHER if column[0] in found)


def shown(value: float, unit: str) -> str:
    """Give a figure in the unit it is shown in: bytes as MB, seconds as ms, others as they are."""
    value *= SHOWN.get(unit, (1.0, unit))[0]
    if unit == "count" and value == round(value):
        return f"{value:.0f}"
    whole_from = 100 if unit == "s" else 1000
    return f"{value:.{0 if value >= whole_from else 1 if value >= 10 else 2}f}"


def shown_unit(unit: str) -> str:
    """Name the unit that `shown` uses."""
    return SHOWN.get(unit, (1.0, unit))[1]


def spread(figures: Figures) -> str:
    """Give 'median (low-high)', or the figure alone where all samples are the same."""
    median, low, high = (
        shown(figures[name], figures["unit"]) for name in ("median", "low", "high")
    )
    return median if low == high else f"{median} ({low}{DASH}{high})"


def _thesis_row(name: tuple[str, str], all_names: list[tuple[str, str]]) -> thesis.Row | None:
    """Find the thesis' row; the only virtual machine is the thesis' one, whatever its name."""
    subject, technique = name
    found = thesis.row_of(subject, technique)
    machines = [one for one in all_names if one[1] == "vm" and one[0] not in FLOORS.values()]
    if found is None and machines == [name]:
        return next(row for row in thesis.TABLE_4_3 if row.technique == "vm")
    return found


def _place(name: tuple[str, str], row: thesis.Row | None) -> tuple[object, ...]:
    """Order as the thesis does: by technique, its own rows first; the floors last of all."""
    subject, technique = name
    known = (*thesis.TABLE_4_3, *thesis.FAILED)
    place = known.index(row) if row else len(known)
    return (subject in FLOORS.values(), TECHNIQUES.index(technique), place, subject)


def _row(
    name: tuple[str, str],
    row: thesis.Row | None,
    figures: Mapping[str, Figures],
    columns: Sequence[Column],
) -> tuple[Cell, ...]:
    subject, technique = name
    lines = [subject]
    if row and row.name != subject:
        lines.append(f"{'thesis' if technique == 'vm' else '='} {row.name}")
    if subject in FLOORS.values():
        lines.append("floor")
    cells = [_cell(row, metric, figures.get(metric)) for metric, _, _ in columns]
    return (Cell(tuple(lines)), Cell((technique,)), *cells)


def _cell(row: thesis.Row | None, metric: str, figures: Figures | None) -> Cell:
    """Give our figure, the thesis', and what is to be known of ours."""
    theirs = row.figure(metric) if row else None
    lines = [NONE]
    if figures:
        lines = [spread(figures) + ("" if figures["valid"] else f" {DOUBTFUL}")]
    if theirs is not None:
        lines.append(f"thesis {_exact(theirs, METRICS[metric].unit)}")
    elif row in thesis.TABLE_4_3 and metric in thesis.METRICS:
        lines.append(f"thesis {NONE}")
    if figures is None:
        return Cell(tuple(lines), "dim")
    known = [f"n={figures['samples']}"] if figures["samples"] > 1 else []
    if "floor_ratio" in figures and figures["unit"] == "s":
        known.append(f"{_ratio(figures['floor_ratio'])} {TIMES} floor")
    if known:
        lines.append(", ".join(known))
    return Cell(tuple(lines), _style(figures, theirs))


def _style(figures: Figures, theirs: float | None) -> str:
    if not figures["valid"]:
        return "yellow"
    if theirs is None:
        return "bold"
    return "bold green" if figures["median"] < theirs else "bold red"


def _exact(value: float, unit: str) -> str:
    """Give a figure of the thesis as it stands there, without the zeros at its end."""
    return f"{value * SHOWN[unit][0]:.2f}".rstrip("0").rstrip(".")


def _ratio(value: float) -> str:
    """Give a ratio with two figures that count."""
    digits = 0 if value >= 10 else 1 if value >= 1 else 1 - math.floor(math.log10(value or 1))
    return f"{value:.{digits}f}"


def _notes(
    about: Mapping[str, Any],
    found: list[dict[str, Any]],
    rows: Mapping[tuple[str, str], thesis.Row | None],
    columns: Sequence[Column],
) -> list[Note]:
    notes = [Note(label, METRICS[metric].meaning) for metric, _, label in columns]
    told = f"median (lowest{DASH}highest sample), n samples, 1 where not given"
    notes.append(Note("figures", told))
    if any("floor_ratio" in figures for figures in found):
        floors = f"{FLOORS['unikernel']} or {FLOORS['container']}"
        notes.append(
            Note(
                f"{TIMES} floor",
                f"ratio to {floors} in the same run, for other platforms; for a unikernel's first "
                f"answer to {FLOORS['unikernel']} plus {METRICS[START_DIRECT].meaning}",
            )
        )
    notes.append(Note("thesis", thesis.SOURCE))
    notes.append(Note("platform", about["platform"]))
    missing = [row.name for row in thesis.TABLE_4_3 if row not in rows.values()]
    if missing:
        notes.append(Note("not measured", ", ".join(missing)))
    notes += [Note(row.name, row.remark) for row in rows.values() if row and row.remark]
    return notes + [Note("doubtful", doubt) for figures in found for doubt in _doubts(figures)]


def _doubts(figures: Figures) -> list[str]:
    what = f"{figures['subject']} ({figures['technique']}), {figures['metric']}"
    doubts = list(figures["warnings"])
    if not figures["valid"]:
        doubts.insert(0, f"not valid, marked {DOUBTFUL}")
    return [f"{what}: {'; '.join(doubts)}"] if doubts else []
