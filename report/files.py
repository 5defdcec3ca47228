"""Writing a report: one HTML file, one Markdown file, or a folder with both and the pictures."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from errors import WrongInput
from report.markdown import markdown
from report.page import HERE, html
from report.parts import Picture, Report
from state import replace_text

PICTURES = "pictures"
SHARPER = 2  # pixels of a PNG for one of the drawing
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")  # Debian's fonts-dejavu-core


def check_place(place: Path) -> None:
    """Say before any work whether a report can be written there.

    Raises:
        WrongInput: the ending is not known, or there is no folder.
    """
    if place.suffix not in ("", ".html", ".md") and not place.is_dir():
        raise WrongInput(
            f"{place}: a report is written as .html, as .md, or into a folder",
            remedy="for example -o report.html",
        )
    if place.suffix == "" and not FONT.is_file():
        raise WrongInput(
            f"there is no font {FONT} for the pictures",
            remedy="apt-get install fonts-dejavu-core; or write one page: -o report.html",
        )
    if not place.absolute().parent.is_dir():
        raise WrongInput(f"there is no folder {place.parent}", remedy="make it, or name another")


def write(report: Report, place: Path) -> list[Path]:
    """Write a report; a path without ending is a folder. Gives the files."""
    if place.suffix == ".html" and not place.is_dir():
        return [_text(place, html(report))]
    if place.suffix == ".md" and not place.is_dir():
        return [_text(place, markdown(report))]
    (place / PICTURES).mkdir(parents=True, exist_ok=True)
    found = [part for section in report.sections for part in section.parts]
    written = [_png(picture, place / PICTURES) for picture in found if isinstance(picture, Picture)]
    return [
        _text(place / "report.html", html(report)),
        _text(place / "report.md", markdown(report, PICTURES)),
        *written,
    ]


def data_uri(picture: Picture) -> str:
    """Give a picture as an address that holds it, its style included: nothing else is needed."""
    style = f"<style>svg {{ background: white }}\n{_light()}</style>"
    head, end, rest = picture.svg.partition(">")
    svg = f"{head}{end}{style}{rest}"
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _text(file: Path, text: str) -> Path:
    replace_text(file, text)
    return file


def _png(picture: Picture, folder: Path) -> Path:
    import resvg_py

    file = folder / f"{picture.name}.png"
    drawn = resvg_py.svg_to_bytes(
        svg_string=picture.svg,
        style_sheet=_light(),
        background="white",
        zoom=SHARPER,
        skip_system_fonts=True,
        font_files=[str(FONT)],
        sans_serif_family="DejaVu Sans",
    )
    file.write_bytes(drawn)
    return file


def _light() -> str:
    """Give the page's style of pictures with its light colours in place of their names."""
    style = (HERE / "page.css").read_text()
    root = style.partition(":root {")[2].partition("}")[0]
    colours = dict(re.findall(r"(--[\w-]+): (#\w+)", root))
    rules = [line.removeprefix("svg.plot ") for line in style.splitlines() if "svg.plot" in line]
    named = re.compile(r"var\((--[\w-]+)\)")
    return "\n".join(named.sub(lambda found: colours[found[1]], rule) for rule in rules)
