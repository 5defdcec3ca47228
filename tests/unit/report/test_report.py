"""The report: what it says of a history, and that it can be read by whoever opens it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from commands.report import main
from history import History
from tests.unit.report.measured import PLATFORM

LAB = str(Path(__file__).parents[3] / "deployments" / "lab.yaml")
PNG = b"\x89PNG\r\n\x1a\n"


class Page(HTMLParser):
    """What a page is made of, as far as it matters here."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.captions: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "br":
            self.handle_data(" ")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data
        if "caption" in self.open:
            self.captions.append(data)

    def row(self, *begins: str) -> list[str]:
        """Give the first row that begins with these cells."""
        return next(
            row
            for row in self.rows
            if all(cell.startswith(text) for cell, text in zip(row, begins, strict=False))
        )


@pytest.fixture(scope="module")
def page(measured_once: tuple[Path, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Page:
    """Promise the page of six nights, which the tests only read."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EPOS_VIRT_HISTORY", str(measured_once[0]))
        assert main(["-o", str(file)]) == 0
    return Page(file.read_text())


def test_the_thesis_tables_are_made_anew_beside_its_figures(page: Page) -> None:
    assert page.row("EPOS_Sync_System", "unikernel", "unikernel")[3] == "container, unikernel"
    assert page.row("GLASS-web-client", "\u2013", "container")[3] == "not measured"
    virtual = page.row("virtual machine", "Xen 4.20.1")
    assert virtual[1:3] == ["Xen 4.20.1 thesis: Xen", virtual[2]]
    assert "thesis: ring 0 or -1" in virtual[2]
    assert "240.0\u2013725.8 MB thesis: large" in virtual[4]
    figures = page.row("indexGD", "unikernel", "9.24")
    assert "9.24 thesis 120.1 0.077 \u00d7 thesis, better" in figures[2]
    assert page.row("centos7-VM", "virtual machine")[0] == "centos7-VM thesis: CentOS 7"


def test_every_cell_of_applications_and_techniques_says_what_it_is(page: Page) -> None:
    size = [row for row in page.rows if row and row[0] == "indexGD" and len(row) == 4]
    assert size[1][1:] == ["240.0 26 \u00d7", "31.0 3.4 \u00d7", "9.24 best"]
    database = [row for row in page.rows if row and row[0] == "database" and len(row) == 4]
    assert database[1][1:] == ["not measured", "45.3 the only one", "not measured"]


def test_the_slower_night_is_marked_with_its_run(page: Page, nights: list[str]) -> None:
    marked = [row for row in page.rows if row[1:2] == [nights[-1]] and "worse" in row[-1]]
    assert [row[2:5] for row in marked if row[4] == "start_first_answer"] == [
        ["indexGD", "unikernel", "start_first_answer"]
    ]


def test_whoever_cannot_see_it_is_told_it(page: Page) -> None:
    tags = [tag for tag, _ in page.tags]
    assert tags.count("caption") == tags.count("table") > 5
    headers = [given for tag, given in page.tags if tag == "th"]
    assert {given.get("scope") for given in headers} == {"col", "row"}
    pictures = [given for tag, given in page.tags if tag == "svg"]
    ids = {given.get("id") for _, given in page.tags}
    assert len(pictures) > 3
    for picture in pictures:
        assert picture["role"] == "img"
        assert set(str(picture["aria-labelledby"]).split()) <= ids
    named = [str(given["id"]) for _, given in page.tags if given.get("id")]
    assert len(named) == len(set(named)), "ids of two pictures would be one"
    html = next(given for tag, given in page.tags if tag == "html")
    assert html["lang"] == "en"


def test_it_asks_nothing_of_any_machine(page: Page) -> None:
    addresses = [
        str(value)
        for _, given in page.tags
        for name, value in given.items()
        if name in ("src", "href", "xlink:href", "action", "data")
    ]
    assert addresses
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert "script" not in {tag for tag, _ in page.tags}


def test_what_others_wrote_is_text_in_it(history: History, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>|`x`"
    platform = PLATFORM.model_copy(update={"controller_os": evil})
    run = history.begin_run("measure", "lab", platform)
    history.add_samples(run, evil, "unikernel", "start_first_answer", "s", [1, 2, 3], evil)
    assert main([run, "-o", str(tmp_path / "all")]) == 0
    page = (tmp_path / "all" / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "<script" not in (tmp_path / "all" / "report.md").read_text()


def test_a_folder_has_page_text_and_pictures(nights: list[str], tmp_path: Path) -> None:
    assert main(["-o", str(tmp_path / "all")]) == 0
    text = (tmp_path / "all" / "report.md").read_text()
    shown = re.findall(r"!\[[^]]*\]\(([^)]*)\)", text)
    assert "pictures/start.png" in shown
    for name in shown:
        assert (tmp_path / "all" / name).read_bytes().startswith(PNG)
    assert main(["-o", str(tmp_path / "alone.md")]) == 0
    alone = (tmp_path / "alone.md").read_text()
    assert "![" not in alone
    assert "indexGD, container: 5" in alone


def test_figures_of_earlier_runs_are_named_with_their_run(
    nights: list[str], history: History, tmp_path: Path
) -> None:
    later = history.begin_run("measure", "lab", PLATFORM)
    history.add_samples(later, "FWSS", "container", "size", "bytes", [39_000_000], "stat")
    assert main(["-o", str(tmp_path / "report.html")]) == 0
    page = Page((tmp_path / "report.html").read_text())
    assert page.row("FWSS", "container", "size")[-1] == later
    assert page.row("FWSS", "container", "memory")[-1] == nights[-1]
    assert main([nights[0], "-o", str(tmp_path / "then.html")]) == 0
    then = Page((tmp_path / "then.html").read_text())
    assert then.row("FWSS", "container", "size")[-1] == nights[0]


def test_figures_of_another_machine_are_left_out(
    nights: list[str], history: History, tmp_path: Path
) -> None:
    other = history.begin_run("measure", "lab", PLATFORM.model_copy(update={"kind": "kvm"}))
    history.add_samples(other, "FWSS", "container", "size", "bytes", [39_000_000], "stat")
    assert main(["-o", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text()
    assert "1 of 27 cells" in page
    assert "The floors were not measured" in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "report.pdf"], "a report is written as .html, as .md, or into a folder"),
        (["-o", "nowhere/report.html"], "there is no folder nowhere"),
        (["nobody", "-e", LAB], "there is no run 'nobody'"),
        (["-e", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_written(
    nights: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
    assert set(tmp_path.iterdir()) == before


def test_without_figures_it_says_what_to_do(
    history: History, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-o", str(tmp_path / "report.html")]) == 2
    assert "nothing was measured of the environment lab" in capsys.readouterr().err
