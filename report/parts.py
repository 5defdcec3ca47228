"""What a report is made of, whatever it is written as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from history.grid import Grid


@dataclass(frozen=True)
class Table:
    """A table with what it shows. The cells' styles say how they are to be read."""

    caption: str
    grid: Grid


@dataclass(frozen=True)
class Picture:
    """A plot as SVG; its title and description are in it too, for who cannot see it."""

    name: str  # of its file, without ending
    title: str
    description: str
    svg: str
    legend: str = ""  # below it


@dataclass(frozen=True)
class Section:
    """A heading and what is below it."""

    name: str  # of its anchor
    title: str
    text: str
    parts: Sequence[Table | Picture] = ()


@dataclass(frozen=True)
class Report:
    """All of it."""

    title: str
    summary: str
    sections: Sequence[Section]
