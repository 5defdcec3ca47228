"""A table of text, for a terminal, for a file and for Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from rich.console import JustifyMethod
    from rich.table import Table
    from rich.text import Text

GAP = "  "


@dataclass(frozen=True)
class Cell:
    """The lines of one cell; the first is the figure, the others explain it."""

    lines: tuple[str, ...]
    style: str = ""  # of the first line, on a terminal: a rich style


@dataclass(frozen=True)
class Grid:
    """A header and rows of cells; columns in `right` hold figures."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    right: frozenset[int] = field(default_factory=frozenset)


def grid(
    header: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[int] = ()
) -> Grid:
    """Make a grid of single-line values."""
    cells = tuple(tuple(Cell((str(value),)) for value in row) for row in rows)
    return Grid(tuple(header), cells, frozenset(right))


def plain(table: Grid) -> str:
    """Give aligned text without colours; rows of several lines are set apart by a blank line."""
    header = [title.split("\n") for title in table.header]
    rows = [[list(cell.lines) for cell in row] for row in table.rows]
    widths = [
        max(cell_len(line) for row in [header, *rows] for line in row[column])
        for column in range(len(header))
    ]
    apart = [""] if any(len(lines) > 1 for row in rows for lines in row) else []
    text = _lines(header, widths, table.right)
    text.append(GAP.join("-" * width for width in widths).rstrip())
    for number, row in enumerate(rows):
        text += [*(apart if number else []), *_lines(row, widths, table.right)]
    return "\n".join(text)


def terminal(table: Grid) -> Table:
    """Give a rich table; texts are shown as they are, never read as rich's markup."""
    from rich.table import Table
    from rich.text import Text

    several = any(len(cell.lines) > 1 for row in table.rows for cell in row)
    shown = Table(box=None, padding=(0, len(GAP), 0, 0), pad_edge=False)
    for column, title in enumerate(table.header):
        justify: JustifyMethod = "right" if column in table.right else "left"
        shown.add_column(
            Text(title, style="bold"), justify=justify, vertical="top", overflow="fold"
        )
    for number, row in enumerate(table.rows):
        if several and number:
            shown.add_row()
        shown.add_row(*(_styled(cell) for cell in row))
    return shown


def markdown(table: Grid) -> str:
    """Give a Markdown table; nothing in a cell is read as Markdown or HTML."""
    titles = [title.replace("\n", " ") for title in table.header]
    rule = ["---:" if column in table.right else "---" for column in range(len(titles))]
    rows = [
        ["<br>".join(escaped(line) for line in cell.lines) for cell in row] for row in table.rows
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in [titles, rule, *rows])


def escaped(text: str) -> str:
    """Take the meaning for Markdown and HTML from a text."""
    return re.sub(r"([\\`*|\[\]])", r"\\\1", html.escape(text, quote=False)).replace("\n", " ")


def _styled(cell: Cell) -> Text:
    from rich.text import Text

    first, *rest = cell.lines or ("",)
    return Text("\n").join([Text(first, style=cell.style), *(Text(line, "dim") for line in rest)])


def _lines(row: list[list[str]], widths: list[int], right: frozenset[int]) -> list[str]:
    """Give the lines of one row, each cell's lines aligned in its column."""
    lines = []
    for number in range(max(len(lines) for lines in row)):
        parts = []
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            line = cell[number] if number < len(cell) else ""
            space = " " * (width - cell_len(line))
            parts.append(space + line if column in right else line + space)
        lines.append(GAP.join(parts).rstrip())
    return lines
