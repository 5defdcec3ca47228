"""A report as one HTML file that needs nothing else: no script, no request."""

from __future__ import annotations

from pathlib import Path

import jinja2
from markupsafe import Markup

from history.grid import Cell
from report.parts import Picture, Report

HERE = Path(__file__).parent

# What a cell's style is on a page; the words in the cell say the same.
CLASSES = {
    "bold green": "better",
    "bold red": "worse",
    "bold": "strong",
    "yellow": "doubtful",
    "dim": "missing",
}


def html(report: Report) -> str:
    """Give it as a page; every text in it is escaped."""
    loader = jinja2.FileSystemLoader(HERE)
    # Not by the file's ending: whatever the template is called, it is HTML.
    made = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return made.get_template("page.html").render(
        report=report,
        style=Markup((HERE / "page.css").read_text()),
        drawn=drawn,
        shade=shade,
        is_picture=lambda part: isinstance(part, Picture),
    )


def drawn(picture: Picture) -> Markup:
    """Give a picture's SVG, which escaped its own texts."""
    return Markup(picture.svg)


def shade(cell: Cell) -> str:
    """Give the class of a cell."""
    return CLASSES.get(cell.style, cell.style)
