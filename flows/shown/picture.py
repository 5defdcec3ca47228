"""The picture of a run: how long each application took from its start to its first answer."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as xml

from history.metric import START_FIRST_ANSWER, TECHNIQUES

Figures = Mapping[str, Any]  # one metric of one subject

WIDTH, NAMES, RIGHT = 900, 300, 110  # pixels: of all, of the names, of the figures at the right
HEAD, LINE, FOOT = 50, 26, 40
COLOURS = dict(zip(TECHNIQUES, ("#8c510a", "#01665e", "#4575b4"), strict=True))


def starts(figures: Sequence[Figures]) -> list[Figures]:
    """Give the figures that the picture shows, the quickest first."""
    found = [row for row in figures if row["metric"] == START_FIRST_ANSWER and row["low"] > 0]
    return sorted(found, key=lambda row: float(row["median"]))


def picture(figures: Sequence[Figures], title: str) -> str:
    """Draw starts as SVG: the median a dot, all samples within its line, on a scale of decades.

    Args:
        figures: as `starts` gives them, at least one.
        title: what is written above.
    """
    low = math.floor(math.log10(min(row["low"] for row in figures)))
    high = max(math.ceil(math.log10(max(row["high"] for row in figures))), low + 1)
    bottom = HEAD + LINE * len(figures)

    def place(seconds: float) -> float:
        share = (math.log10(seconds) - low) / (high - low)
        return round(NAMES + share * (WIDTH - NAMES - RIGHT), 1)

    about = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {WIDTH} {bottom + FOOT}",
        "width": str(WIDTH),
        "height": str(bottom + FOOT),
        "font-family": "sans-serif",
        "font-size": "13",
    }
    drawn = xml.Element("svg", about)
    xml.SubElement(drawn, "rect", width="100%", height="100%", fill="white")
    _text(drawn, 10, 24, title, weight="bold")
    for decade in range(low, high + 1):
        across = place(10.0**decade)
        _line(drawn, across, HEAD - 10, across, bottom, "#ccc")
        _text(drawn, across, bottom + 18, f"{10.0**decade:g} s", anchor="middle")
    for number, row in enumerate(figures):
        _row(drawn, row, place, HEAD + LINE * number + LINE / 2)
    return xml.tostring(drawn, encoding="unicode")


def data_uri(svg: str) -> str:
    """Give a picture as an address that holds it: a browser needs no server to show it."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _row(drawn: xml.Element, row: Figures, place: Callable[[float], float], middle: float) -> None:
    colour = COLOURS[row["technique"]]
    _text(drawn, NAMES - 12, middle + 4, f"{row['subject']}, {row['technique']}", anchor="end")
    _line(drawn, place(row["low"]), middle, place(row["high"]), middle, colour, width=4)
    where = {"cx": str(place(row["median"])), "cy": str(middle), "r": "6"}
    xml.SubElement(drawn, "circle", where, fill=colour)
    _text(drawn, place(row["high"]) + 12, middle + 4, f"{row['median']:.3g} s")


def _text(
    drawn: xml.Element,
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    weight: str = "normal",
) -> None:
    where = {"x": str(x), "y": str(y), "text-anchor": anchor, "font-weight": weight}
    xml.SubElement(drawn, "text", where).text = text


def _line(
    drawn: xml.Element, x1: float, y1: float, x2: float, y2: float, colour: str, width: int = 1
) -> None:
    ends = {"x1": str(x1), "y1": str(y1), "x2": str(x2), "y2": str(y2)}
    further = {"stroke-width": str(width), "stroke-linecap": "round"}
    xml.SubElement(drawn, "line", ends | further, stroke=colour)
