"""The pictures of a report: sizes and memory on a logarithmic scale, starts in parts, trends."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from history import thesis
from history.judging.figures import MetricFigure
from history.judging.known import Known, Subject
from history.judging.trends import Trend
from history.metric import METRICS, START_FIRST_ANSWER, START_PARTS, START_RUNNING
from history.table import TIMES, shown, shown_unit
from report.parts import Picture
from report.spread import spread
from report.svg import CHARACTER, Drawing, decades, ticks

WIDTH, ROW, TOP, BOTTOM, RIGHT = 900.0, 24.0, 10.0, 44.0, 90.0
NEWEST = 60  # runs of a trend that are drawn
PART_WORDS = ("the toolstack", "kernel to PID 1", "to its open port", "to the first answer")
COARSE_WORDS = ("to running", "from there to the first answer")


@dataclass(frozen=True)
class PlotRow:
    """One subject of a picture, with the thesis' figure if it has one."""

    subject: Subject
    figure: MetricFigure
    theirs: float | None

    @property
    def label(self) -> str:
        """How it is named."""
        name, technique = self.subject
        return f"{name}, {technique}"


def rows_of(known: Known, metric: str) -> list[PlotRow]:
    """Give what was measured of a metric, with the thesis' figures."""
    found = []
    applications = known.subjects()
    machines = [one for one in applications if one[1] == "vm"]
    for subject in applications:
        figure = known.figure(*subject, metric)
        row = thesis.row_of(*subject)
        if row is None and [subject] == machines:
            row = thesis.TABLE_4_3[0]
        if figure and figure.median > 0:
            found.append(PlotRow(subject, figure, row.figure(metric) if row else None))
    return found


def scattered(known: Known, metric: str, title: str) -> Picture | None:
    """Draw each subject's figure, and the thesis', on one logarithmic scale; None without any."""
    rows = rows_of(known, metric)
    if not rows:
        return None
    unit = METRICS[metric].unit
    values = [value for row in rows for value in (row.figure.low, row.figure.high, row.theirs)]
    given = [value for value in values if value]
    low, high = min(given) / 1.3, max(given) * 1.3
    left = _left(rows)
    drawing = _drawing(metric, title, _told(rows), len(rows))
    bottom = TOP + ROW * len(rows)

    def at(value: float) -> float:
        return left + (WIDTH - left - RIGHT) * math.log(value / low) / math.log(high / low)

    for tick in decades(low, high):
        drawing.line(at(tick), TOP, at(tick), bottom, "grid")
        drawing.text(at(tick), bottom + 16, _round(tick, unit), "axis", "middle")
    drawing.text(WIDTH - RIGHT, bottom + 34, f"{shown_unit(unit)}, logarithmic", "axis", "end")
    for number, row in enumerate(rows):
        y = TOP + ROW * (number + 0.5)
        drawing.text(left - 10, y + 4, row.label, "", "end")
        if row.theirs:
            drawing.line(at(row.theirs), y, at(row.figure.median), y, "between")
            drawing.sign(at(row.theirs), y, "thesis")
        drawing.line(at(row.figure.low), y, at(row.figure.high), y, "whisker")
        drawing.sign(at(row.figure.median), y, row.subject[1])
        end = max(at(row.figure.high), at(row.theirs or row.figure.high))
        drawing.text(end + 12, y + 4, shown(row.figure.median, unit), "value")
    legend = (
        "Triangle: virtual machine; square: container; circle: unikernel; hollow diamond: the "
        "thesis. The number is ours."
    )
    return Picture(metric, title, _told(rows), str(drawing), legend)


def starts(known: Known) -> Picture | None:
    """Draw each start to its first answer as a bar of its parts, with its spread."""
    rows = rows_of(known, START_FIRST_ANSWER)
    if not rows:
        return None
    title = "Start to the first correct answer, with its parts"
    left = _left(rows)
    marks = ticks(max(row.figure.high for row in rows))
    drawing = _drawing("start", title, _told(rows), len(rows))
    drawing.hatchings()
    bottom = TOP + ROW * len(rows)
    scale = (WIDTH - left - RIGHT) / marks[-1]
    for tick in marks:
        drawing.line(left + tick * scale, TOP, left + tick * scale, bottom, "grid")
        drawing.text(left + tick * scale, bottom + 16, f"{tick:g}", "axis", "middle")
    drawing.text(WIDTH - RIGHT, bottom + 34, "s", "axis", "end")
    for number, row in enumerate(rows):
        y = TOP + ROW * number
        drawing.text(left - 10, y + ROW / 2 + 4, row.label, "", "end")
        x = left
        for part, length in _parts(known, row):
            drawing.bar(x, y + 5, length * scale, ROW - 10, part)
            x += length * scale
        middle = y + ROW / 2
        ends = (left + row.figure.low * scale, left + row.figure.high * scale)
        drawing.line(ends[0], middle, ends[1], middle, "whisker")
        for end in ends:
            drawing.line(end, middle - 4, end, middle + 4, "whisker")
        if row.theirs:
            drawing.sign(left + row.theirs * scale, middle, "thesis")
        drawing.text(ends[1] + 10, middle + 4, f"{row.figure.median:.2f} s", "value")
    return Picture("start", title, _told(rows), str(drawing), _legend_of_starts())


def _legend_of_starts() -> str:
    return (
        f"Guests, from the left: {', '.join(PART_WORDS)} (plain, hatched, lined, crossed). Where "
        f"the parts were not measured: {', '.join(COARSE_WORDS)}. A bar ends at the sum of its "
        f"parts' medians; the line across it is from the quickest to the slowest start; the number "
        f"is the median. Hollow diamond: the thesis."
    )


def _parts(known: Known, row: PlotRow) -> list[tuple[int, float]]:
    """Give the parts of a start with their lengths; to running and the rest where that is all."""
    found = [known.figure(*row.subject, part) for part in START_PARTS]
    if all(found):
        return [(part, figure.median) for part, figure in enumerate(found) if figure]
    running = known.figure(*row.subject, START_RUNNING)
    begun = min(running.median, row.figure.median) if running else 0.0
    return [(0, begun), (3, row.figure.median - begun)]


def trend(found: Trend) -> Picture:
    """Draw one metric of one subject over its newest runs; what changed it has a word beside it."""
    points = found.points[-NEWEST:]
    # A name of a file and an id: of a subject that may be called anything.
    name = re.sub(r"[^\w.-]", "-", f"trend-{found.subject}-{found.technique}-{found.metric}")
    title = f"{found.subject}, {found.technique}: {found.metric} [{shown_unit(found.unit)}]"
    first, last = points[0], points[-1]
    told = (
        f"{len(points)} runs from {first.started[:10]} to {last.started[:10]}, from "
        f"{shown(first.median, found.unit)} to {shown(last.median, found.unit)}; marked: "
        + (", ".join(f"{point.mark} in {point.run}" for point in points if point.mark) or "none")
    )
    width, height, left, below = 430.0, 130.0, 64.0, 24.0
    drawing = Drawing(name, title, told, width, height)
    top = max(point.high for point in points) * 1.15 or 1.0

    def place(number: int, value: float) -> tuple[float, float]:
        x = left + 12 + (width - left - 36) * number / max(1, len(points) - 1)
        return x, height - below - (height - below - 12) * value / top

    for tick in ticks(top, 3):
        if tick <= top:
            y = place(0, tick)[1]
            drawing.line(left, y, width - 12, y, "grid")
            drawing.text(left - 6, y + 4, _round(tick, found.unit), "axis", "end")
    line = (place(number, point.median) for number, point in enumerate(points))
    path = " L".join(f"{x:.1f},{y:.1f}" for x, y in line)
    drawing.add("path", "trend", d=f"M{path}")
    for number, point in enumerate(points):
        (x, y), (_, low), (_, high) = (
            place(number, value) for value in (point.median, point.low, point.high)
        )
        drawing.line(x, low, x, high, "whisker")
        drawing.add("circle", f"point {point.mark}", cx=x, cy=y, r=5.0 if point.mark else 2.5)
        if point.mark:
            anchor = "end" if number > len(points) / 2 else "start"
            words = f"{point.mark} {point.ratio:.2f} {TIMES}"
            drawing.text(x + (-8 if anchor == "end" else 8), max(y - 8, 12), words, "value", anchor)
    for point, anchor, x in ((first, "start", left), (last, "end", width - 12)):
        drawing.text(x, height - 6, point.started[:10], "axis", anchor)
    return Picture(name, title, told, str(drawing))


def _drawing(name: str, title: str, told: str, rows: int) -> Drawing:
    return Drawing(name, title, told, WIDTH, TOP + ROW * rows + BOTTOM)


def _left(rows: Sequence[PlotRow]) -> float:
    """Give the width of the longest label."""
    return 20 + CHARACTER * max(len(row.label) for row in rows)


def _told(rows: Sequence[PlotRow]) -> str:
    """Say in words what a picture shows."""
    said = []
    for row in rows:
        unit = row.figure.unit
        theirs = f", thesis {shown(row.theirs, unit)}" if row.theirs else ""
        said.append(f"{row.label}: {spread(row.figure)} {shown_unit(unit)}{theirs}")
    return "; ".join(said)


def _round(value: float, unit: str) -> str:
    """Give a round value without the zeros at its end."""
    text = shown(value, unit)
    return text.rstrip("0").rstrip(".") if "." in text else text
