from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from errors import WrongInput
from history import History, Platform, table, thesis
from history.metric import METRICS

GOLDEN = Path(__file__).parent / "golden"

# Subject, technique, size, memory, smallest memory, start to running, start to first answer.
FIGURES: tuple[tuple[Any, ...], ...] = (
    ("empty-container", "container", 10_000, 1.00e6, None, (0.9, 1.0), (1.0, 1.1)),
    ("null-guest", "unikernel", 1.8e6, 8.0e6, 8.0e6, (0.3, 0.31), (0.4, 0.41)),
    ("RunQC", "unikernel", 6.9e6, 30.0e6, 28.0e6, (0.35, 0.36), (1.2, 1.3)),
    ("FWSS", "container", 44.8e6, 40.0e6, None, (2.9, 3.1), (4.9, 5.2)),
    ("glass", "container", 73.0e6, 95.0e6, None, (0.9, 0.95), (9.1, 9.9)),
    ("indexGD", "unikernel", 12.1e6, 44.0e6, 40.0e6, (0.35, 0.36), (0.98, 1.03)),
    ("debian13", "vm", 180.2e6, 64.0e6, 60.0e6, (3.9, 4.2), (16.5, 17.9)),
    ("epos-sync-system", "unikernel", 24.0e6, 90.0e6, None, None, None),
)


@pytest.fixture
def measured(history: History, run: str) -> str:
    names = list(METRICS)
    for subject, technique, *figures in FIGURES:
        for metric, values in zip(names, figures, strict=False):
            if values is None:
                continue
            low, high = values if isinstance(values, tuple) else (values, values)
            samples = [high, (low + high) / 2, low] if isinstance(values, tuple) else [values]
            doubtful = subject == "FWSS" and metric.startswith("start")
            history.add_samples(
                run,
                subject,
                technique,
                metric,
                METRICS[metric].unit,
                samples,
                "by the tests",
                valid=not (subject == "FWSS" and metric == "start_running"),
                warnings=["steal was 9 % [link=x]|<b>"] if doubtful else [],
            )
    history.end_run(run, "done")
    return run


def terminal(history: History, run: str, colour: bool = False) -> str:
    console = Console(file=io.StringIO(), width=120, force_terminal=colour)
    console.print(table.renderable(history, run))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def same(name: str, text: str, run: str) -> None:
    """Compare with the golden file; EPOS_VIRT_GOLDEN=write makes it anew."""
    text = "\n".join(line.rstrip() for line in text.replace(run, "RUN").splitlines()) + "\n"
    if os.environ.get("EPOS_VIRT_GOLDEN") == "write":
        (GOLDEN / name).write_text(text)
    assert text == (GOLDEN / name).read_text()


def test_the_table_as_text(history: History, measured: str) -> None:
    same("table.txt", table.comparison(history, measured), measured)


def test_the_table_on_a_terminal(history: History, measured: str) -> None:
    same("terminal.txt", terminal(history, measured), measured)


def test_the_table_as_markdown(history: History, measured: str) -> None:
    same("table.md", table.markdown(history, measured), measured)


def test_it_fits_in_120_columns(history: History, measured: str) -> None:
    for text in (table.comparison(history, measured), terminal(history, measured)):
        assert max(len(line.rstrip()) for line in text.splitlines()) <= 120


def test_rows_stand_in_the_order_of_the_thesis(history: History, measured: str) -> None:
    rows = [row[0].lines[0] for row in table.compare(history, measured).tables[0].rows]
    assert rows == [
        "debian13",
        "epos-sync-system",
        "indexGD",
        "RunQC",
        "glass",
        "FWSS",
        "null-guest",
        "empty-container",
    ]


def test_what_beats_the_thesis_is_green_and_what_does_not_is_red(
    history: History, measured: str
) -> None:
    text = terminal(history, measured, colour=True)
    assert "\x1b[1;32m12.1\x1b" in text, "smaller than 120.1 MB"
    assert re.search(r"\x1b\[1;31m9500 \(", text), "later than 607 ms"


def test_a_figure_names_its_unit_once_and_never_shows_something_as_nothing() -> None:
    assert [table.shown(value, "bytes") for value in (10_000, 9.82e6, 120.1e6, 2356e6)] == [
        "0.01", "9.82", "120.1", "2356",
    ]  # fmt: skip
    assert [table.shown(value, "s") for value in (0.0005, 0.0123, 0.476, 16.95)] == [
        "0.50", "12.3", "476", "16950",
    ]  # fmt: skip
    assert [table.shown(value, "count") for value in (3, 12345, 2.57)] == ["3", "12345", "2.57"]


def test_a_run_without_figures_says_so(history: History, run: str) -> None:
    with pytest.raises(WrongInput, match=f"nothing was measured in run {run}"):
        table.comparison(history, "last")


def test_two_virtual_machines_are_only_the_thesis_one_by_name(history: History, run: str) -> None:
    for subject in ("vm1", "centos7-vm"):
        history.add_samples(run, subject, "vm", "size", "bytes", [1e6], "")
    first, second = table.compare(history, run).tables[0].rows
    assert first[0].lines == ("centos7-vm", "thesis CentOS 7")
    assert second[0].lines == ("vm1",)


def test_the_thesis_figures_are_those_of_its_table() -> None:
    printed = [
        (row.name, row.size and row.size / 1e6, row.memory and row.memory / 1e6, row.start)
        for row in thesis.TABLE_4_3
    ]
    assert printed == [
        ("CentOS 7", 2356, 119.00, 16.950),
        ("EPOS_Sync_System", 88.01, None, 3.391),
        ("indexGD", 120.10, None, 3.829),
        ("database", 492.00, 11.02, 0.476),
        ("EPOS_GLASS_Framework", 727.00, 460.30, 0.607),
        ("Products_Portal", 894.00, 9.82, 0.301),
        ("FWSS", 525.00, 78.80, 0.320),
    ]


def test_an_application_under_another_technique_is_not_the_thesis_one() -> None:
    assert thesis.row_of("FWSS", "unikernel") is None
    assert thesis.row_of("fwss", "container") is thesis.TABLE_4_3[-1]


def test_a_platform_is_never_shown_without_a_word(history: History) -> None:
    assert str(Platform()) == "unknown platform"
    assert str(Platform(kind="bare metal", cores=1)) == "bare metal, 1 core"


def test_what_was_measured_under_load_has_a_table_and_footnotes(
    history: History, measured: str
) -> None:
    assert "latency" not in table.comparison(history, measured)
    for metric, values in (("requests_per_second", [120.0, 118.0]), ("latency_p99", [0.05, 0.06])):
        unit = METRICS[metric].unit
        history.add_samples(measured, "RunQC", "unikernel", metric, unit, values, "by the tests")
    text = table.comparison(history, measured)
    assert "119 (118\u2013120)" in text.replace(".0", "")
    assert "latency of 99 %:" in text
    assert "latency:" not in text
    assert max(len(line) for line in text.splitlines()) <= 120
