"""A report as Markdown, with its pictures beside it or left out."""

from __future__ import annotations

from history import grid
from report.parts import Picture, Report, Table


def markdown(report: Report, pictures: str = "") -> str:
    """Give it as Markdown.

    Args:
        report: what is told.
        pictures: the folder with the pictures as PNG, from where the text is; without one a
            picture is told in words.
    """
    parts = [f"# {grid.escaped(report.title)}", grid.escaped(report.summary)]
    for section in report.sections:
        parts += [f"## {grid.escaped(section.title)}", grid.escaped(section.text)]
        parts += [_part(part, pictures) for part in section.parts]
    return "\n\n".join(parts) + "\n"


def _part(part: Table | Picture, pictures: str) -> str:
    if isinstance(part, Table):
        return f"**{grid.escaped(part.caption)}**\n\n{grid.markdown(part.grid)}"
    title = grid.escaped(part.title)
    if not pictures:
        return f"**{title}**: {grid.escaped(part.description)}"
    shown = f"![{title}]({pictures}/{part.name}.png)"
    return f"{shown}\n\n**{title}.** {grid.escaped(part.legend)}".rstrip()
