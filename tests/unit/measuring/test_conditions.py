"""Steal and load stand beside what was measured, and no verdict is made of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from history import History, Platform, open_history
from tasks.measuring.conditions import FILES, Conditions, conditions_in, under_conditions
from tasks.measuring.measure import Figure, Subject
from tasks.measuring.method import FIXED

STAT = "cpu  74608 2520 24433 1117073 6176 4054 10 500 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\nctxt 5\n"
REAL = Path(__file__).parent / "real"
LOADAVG = "0.42 0.35 0.30 2/411 123\n"


def test_conditions_are_read_as_the_kernel_writes_them() -> None:
    read = conditions_in(STAT + LOADAVG)
    assert read == Conditions(74608 + 2520 + 24433 + 1117073 + 6176 + 4054 + 10 + 500, 500, 0.42)


def test_a_machine_of_two_processors_whose_time_is_stolen_is_read() -> None:
    text = "".join((REAL / f"{name}.txt").read_text() for name in ("proc_stat", "proc_loadavg"))
    assert conditions_in(text) == Conditions(3764695, 4513, 6.04)


def test_this_machines_own_can_be_read() -> None:
    read = conditions_in("".join(Path(file).read_text() for file in FILES))
    assert read.ticks > read.stolen >= 0


def test_a_subject_is_measured_between_two_looks() -> None:
    looks: Iterator[Conditions] = iter([Conditions(1000, 10, 0.1), Conditions(1100, 30, 0.7)])
    size = Figure("size", "bytes", [1.0], "ls")
    subject = Subject("indexGD", "unikernel", lambda: "key", lambda _: [size])
    found = list(under_conditions(subject, lambda: next(looks)).measure(FIXED))
    assert [(one.metric, one.values) for one in found[1:]] == [
        ("steal", [20.0]),
        ("load_average", [0.7]),
    ]
    assert found[0] is size
    assert found[1].warnings == ("20 % of the processors' time went elsewhere",)


@pytest.mark.usefixtures("own_state")
def test_no_verdict_is_made_of_them() -> None:
    with open_history() as history:
        first, second = (measured(history, load) for load in (0.5, 5.0))
        [compared] = history.compare(first, second)
        assert compared.verdict == "not comparable"
        assert "is no result" in compared.reason


def measured(history: History, load: float) -> str:
    platform = Platform(kind="emulation", processor="a", cores=2, memory=2**33)
    run = history.begin_run("measure", "lab", platform)
    history.add_samples(run, "RunQC", "unikernel", "load_average", "count", [load], "a look")
    history.end_run(run, "done")
    return run
