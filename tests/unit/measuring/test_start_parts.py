"""A start is split by what a guest really printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.measuring.start_parts import Split, split_figures, split_of
from tasks.measuring.timed_start import Start

REAL = Path(__file__).parent / "real"  # what guests of a lab printed
CONSOLE = """\
epos-init: started 9.000000 at 1700000000.000000
epos-init: listening 9.500000 4000
epos-init: exit status 0
epos-init: started 2.250000 at 1700001000.250000
epos-init: address 2.300000 10.0.7.210/24
epos-init: exec 2.350000
epos-init: listening 3.750000 4000
"""


def test_the_last_boot_on_the_console_is_split() -> None:
    # Answered 1.75 s after PID 1 started, so 4.0 s after the kernel did; 5.5 s after the call.
    found = split_of(Start(1.25, 5.5, 1700001002.0), CONSOLE)
    assert found is not None
    assert found.toolstack == pytest.approx(1.5)
    assert found.boot == pytest.approx(2.25)
    assert found.listening == pytest.approx(1.5)
    assert found.answering == pytest.approx(0.25)
    assert sum(vars(found).values()) == pytest.approx(5.5)


@pytest.mark.parametrize(
    ("console", "answered_at", "boot", "listening"),
    [
        # Answered 0.1 s after the port was open.
        ("console_of_three_boots", 1796133380.704270, 2.458414, 2.289831),
        ("console_of_a_restored_guest", 1796132939.191503, 4.550745, 25.200285),
    ],
)
def test_what_a_guest_of_a_lab_printed_is_split(
    console: str, answered_at: float, boot: float, listening: float
) -> None:
    text = (REAL / f"{console}.txt").read_bytes().decode()  # its lines end with CR LF
    kernel_to_answer = boot + listening + 0.1
    found = split_of(Start(1.5, 2.0 + kernel_to_answer, answered_at), text)
    assert found is not None
    assert vars(found) == pytest.approx(
        {"toolstack": 2.0, "boot": boot, "listening": listening, "answering": 0.1}, abs=1e-5
    )


@pytest.mark.parametrize(
    ("start", "console"),
    [
        (Start(1.0, 5.0, None), CONSOLE),
        (Start(1.0, 5.0, 1700001002.0), ""),
        (Start(1.0, 5.0, 1700001002.0), CONSOLE[: CONSOLE.rindex("epos-init: listening")]),
    ],
)
def test_what_the_guest_did_not_tell_is_not_made_up(start: Start, console: str) -> None:
    assert split_of(start, console) is None


def test_figures_are_given_only_when_every_start_was_split() -> None:
    split = Split(1.0, 2.0, 3.0, 4.0)
    assert [f.metric for f in split_figures([split, split])] == [
        "start_toolstack",
        "start_boot",
        "start_listening",
        "start_answering",
    ]
    assert split_figures([split, None]) == []
