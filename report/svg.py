"""Drawing: elements of SVG, axes, and the signs by which techniques and parts are told apart.

Nothing carries a colour of its own: classes do, so that a page's style can be light, dark or for
print. Every sign has a shape or a hatching too, for who sees no colours.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as xml
from collections.abc import Iterator

FONT = 12  # px
CHARACTER = 7.4  # px that one takes, of a sans-serif font of that size, about

# Shape of each technique's sign, as an SVG path around 0, 0.
SIGNS = {
    "vm": "M0,-6 L6,5 L-6,5 Z",
    "container": "M-5,-5 H5 V5 H-5 Z",
    "unikernel": "M-5.5,0 A5.5,5.5 0 1 0 5.5,0 A5.5,5.5 0 1 0 -5.5,0 Z",
    "thesis": "M0,-6.5 L6.5,0 L0,6.5 L-6.5,0 Z",
}
# Lines of a hatching, in a tile of 6 by 6; one for each part of a start.
HATCHINGS = ("", "M0,6 L6,0", "M0,3 H6", "M0,0 L6,6 M0,6 L6,0")


class Drawing:
    """An SVG that can be put into a page beside others, or into a file of its own."""

    def __init__(self, name: str, title: str, description: str, width: float, height: float):
        """Begin it; `name` keeps the ids in it apart from those of others."""
        self.name = name
        box = f"0 0 {width:.0f} {height:.0f}"
        self.root = xml.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": box,
                "width": f"{width:.0f}",
                "height": f"{height:.0f}",
                "role": "img",
                "aria-labelledby": f"{name}-title {name}-desc",
                "class": "plot",
                "font-family": "sans-serif",
                "font-size": str(FONT),
            },
        )
        xml.SubElement(self.root, "title", id=f"{name}-title").text = title
        xml.SubElement(self.root, "desc", id=f"{name}-desc").text = description

    def add(self, tag: str, kind: str = "", **attributes: float | str) -> xml.Element:
        """Add an element; underscores in names of attributes stand for hyphens."""
        given = {
            name.replace("_", "-"): value if isinstance(value, str) else f"{value:.1f}"
            for name, value in attributes.items()
        }
        return xml.SubElement(self.root, tag, given | ({"class": kind} if kind else {}))

    def text(self, x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> None:
        """Write words, standing on y."""
        self.add("text", kind, x=x, y=y, text_anchor=anchor).text = words

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """Draw a line."""
        self.add("line", kind, x1=x1, y1=y1, x2=x2, y2=y2)

    def sign(self, x: float, y: float, of: str) -> None:
        """Put the sign of a technique, or of the thesis, at a place."""
        self.add("path", f"sign {of}", d=SIGNS[of], transform=f"translate({x:.1f} {y:.1f})")

    def bar(self, x: float, y: float, width: float, height: float, part: int) -> None:
        """Draw the bar of a start's part, with its hatching."""
        self.add("rect", f"part-{part}", x=x, y=y, width=max(width, 0.5), height=height)
        if HATCHINGS[part]:
            fill = f"url(#{self.name}-hatching-{part})"
            self.add("rect", "", x=x, y=y, width=max(width, 0.5), height=height, fill=fill)

    def hatchings(self) -> None:
        """Define the hatchings that `bar` uses."""
        defined = xml.SubElement(self.root, "defs")
        for number, lines in enumerate(HATCHINGS):
            if lines:
                pattern = xml.SubElement(
                    defined,
                    "pattern",
                    id=f"{self.name}-hatching-{number}",
                    width="6",
                    height="6",
                    patternUnits="userSpaceOnUse",
                )
                xml.SubElement(pattern, "path", {"class": "hatching", "d": lines})

    def __str__(self) -> str:
        """Give it as text."""
        return xml.tostring(self.root, encoding="unicode")


def decades(low: float, high: float) -> Iterator[float]:
    """Give round values between two, for a logarithmic axis; more where they are near."""
    for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        for step in (1, 2, 5) if high > 8 * low else range(1, 10):
            if low <= step * 10.0**power <= high:
                yield step * 10.0**power


def ticks(high: float, most: int = 6) -> list[float]:
    """Give round values from 0 to at least `high`, for a linear axis."""
    rough = high / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough)
    return [step * number for number in range(math.ceil(high / step) + 1)]
