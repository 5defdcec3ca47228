"""Two runs compared, and trends: what is said to be better or worse, and what is not."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from commands.history import main
from history import History, Platform
from history.judging.chance import permuted, ratio_of_medians
from history.metric import Technique, Unit

# What five starts of an empty guest took, over their median, in two runs of a lab on a machine
# that had other work; `golden/history_version_1.sql` has them.
STORED = (0.854, 0.894, 0.976, 0.999, 1.0, 1.0, 1.009, 1.093, 1.129, 1.206)


def night(
    history: History,
    platform: Platform,
    values: Sequence[float],
    metric: str = "start_first_answer",
    unit: Unit = "s",
    technique: Technique = "unikernel",
    valid: bool = True,
) -> str:
    run = history.begin_run("measure", "lab", platform)
    history.add_samples(run, "indexGD", technique, metric, unit, values, "GET /", valid)
    history.end_run(run, "done")
    return run


def verdict(history: History, a: str, b: str) -> tuple[str, str]:
    (found,) = history.compare(a, b)
    return found.verdict, found.reason


@pytest.mark.parametrize(
    ("then", "now", "unit", "said"),
    [
        ([1.0, 1.1, 1.05, 1.02, 1.04], [1.3, 1.4, 1.35, 1.32, 1.36], "s", "worse"),
        ([1.0, 1.1, 1.05, 1.02, 1.04], [0.7, 0.8, 0.75, 0.72, 0.76], "s", "better"),
        ([1.0, 1.1, 1.05, 1.02, 1.04], [1.01, 1.09, 1.06, 1.0, 1.05], "s", "no difference"),
        # Surely different, and by too little to matter.
        ([1.00] * 9 + [1.001], [1.02] * 9 + [1.021], "s", "no difference"),
        ([100.0, 104.0, 101.0], [130.0, 133.0, 131.0], "requests/s", "better"),
        ([9_000_000], [9_100_000], "bytes", "worse"),
        ([9_000_000], [9_000_400], "bytes", "no difference"),
        ([0], [0], "bytes", "no difference"),
        # One start says nothing of how much starts differ, and 0 has no ratio.
        ([1.0], [2.0], "s", "not comparable"),
        ([0], [5], "bytes", "not comparable"),
    ],
)
def test_a_verdict_needs_an_interval_without_1_and_a_difference_that_matters(
    history: History, platform: Platform, then: list[float], now: list[float], unit: Unit, said: str
) -> None:
    a, b = (night(history, platform, values, "figure", unit) for values in (then, now))
    assert verdict(history, a, b)[0] == said


def test_the_interval_holds_the_ratio_and_is_wider_where_samples_scatter() -> None:
    steady = ratio_of_medians([1.0, 1.01, 0.99, 1.0, 1.0], [2.0, 2.02, 1.98, 2.0, 2.0])
    restless = ratio_of_medians([1.0, 1.4, 0.6, 1.2, 0.9], [2.0, 2.8, 1.2, 2.4, 1.8])
    assert steady.ratio == restless.ratio == 2.0
    assert 1.9 < steady.low <= 2.0 <= steady.high < 2.1
    assert restless.low < steady.low
    assert restless.high > steady.high


def test_chance_alone_is_rarely_taken_for_a_difference() -> None:
    chance = random.Random(1)
    same = [
        permuted([chance.gauss(1, 0.1) for _ in range(9)], [chance.gauss(1, 0.1) for _ in range(9)])
        for _ in range(200)
    ]
    assert sum(p <= 0.05 for p in same) / len(same) < 0.1
    assert permuted([1.0, 1.1, 0.9, 1.05, 0.95], [2.0, 2.1, 1.9, 2.05, 1.95]) < 0.02
    assert permuted([1.0] * 5, [1.0] * 5) == 1.0


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"kind": "kvm"}, "kind differs: emulation, kvm"),
        ({"cores": 4}, "cores differs: 2, 4"),
        ({"processor": ""}, "processor of the platform is not known"),
        ({"memory": 16_000_000_000}, "memory differs: 8e+09, 1.6e+10 bytes"),
    ],
)
def test_figures_of_two_machines_are_not_comparable(
    history: History, platform: Platform, other: dict[str, Any], why: str
) -> None:
    a = night(history, platform, [1.0, 1.1, 1.2])
    b = night(history, platform.model_copy(update=other), [2.0, 2.1, 2.2])
    assert verdict(history, a, b) == ("not comparable", why)
    assert all(not trend.marked for trend in history.trends())
    assert len(history.trends()) == 2


def test_a_newer_version_on_the_same_machine_is_compared(
    history: History, platform: Platform
) -> None:
    newer = platform.model_copy(update={"hypervisor_version": "4.21", "memory": 8_010_000_000})
    a = night(history, platform, [1.0, 1.1, 1.2])
    b = night(history, newer, [2.0, 2.1, 2.2])
    assert verdict(history, a, b)[0] == "worse"


def test_what_is_missing_or_not_valid_is_named(history: History, platform: Platform) -> None:
    a = night(history, platform, [1.0, 1.1, 1.2])
    b = night(history, platform, [1.0, 1.1, 1.2], technique="container")
    assert {one.technique: one.reason for one in history.compare(a, b)} == {
        "unikernel": "not measured in B",
        "container": "not measured in A",
    }
    doubtful = night(history, platform, [1.0, 1.1, 1.2], valid=False)
    assert verdict(history, a, doubtful) == ("not comparable", "not valid in B")


def replayed(chance: random.Random, factor: float = 1.0) -> list[float]:
    """Give thirty starts as they were seen, slowed down by a factor."""
    return [factor * chance.choice(STORED) for _ in range(30)]


def test_ten_equal_nights_have_no_mark_and_a_tenth_slower_one_has(
    history: History, platform: Platform
) -> None:
    chance = random.Random(2018)
    for _ in range(10):
        night(history, platform, replayed(chance))
    (quiet,) = history.trends()
    assert (len(quiet.points), quiet.marked) == (10, ())
    slow = night(history, platform, replayed(chance, 1.1))
    (point,) = history.trends(subject="indexGD")[0].marked
    assert (point.run, point.mark) == (slow, "worse")
    assert point.ratio == pytest.approx(1.1, abs=0.05)


def test_a_lasting_change_is_marked_once(history: History, platform: Platform) -> None:
    chance = random.Random(7)
    for factor in [1.0] * 5 + [1.5] * 5:
        night(history, platform, replayed(chance, factor))
    (trend,) = history.trends()
    assert [point.mark for point in trend.points] == [""] * 5 + ["worse"] + [""] * 4


def test_a_larger_image_is_marked_at_once_and_a_smaller_one_as_better(
    history: History, platform: Platform
) -> None:
    for size in (9_000_000, 9_000_100, 9_500_000, 8_000_000):
        night(history, platform, [size], "size", "bytes")
    (trend,) = history.trends()
    assert [point.mark for point in trend.points] == ["", "", "worse", "better"]


def test_a_night_that_is_not_valid_is_neither_marked_nor_compared_with(
    history: History, platform: Platform
) -> None:
    for size, valid in ((9_000_000, True), (12_000_000, False), (9_000_000, True)):
        night(history, platform, [size], "size", "bytes", valid=valid)
    assert history.trends()[0].marked == ()


def test_the_commands_say_the_same(
    history: History, platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [night(history, platform, [size], "size", "bytes") for size in (9_000_000, 9_500_000)]
    assert main(["compare", *runs]) == 0
    out = capsys.readouterr().out
    assert "1.06  worse" in out
    assert "0 better, 1 worse, 0 no difference, 0 not comparable" in out
    assert main(["compare", *runs, "-o", "json"]) == 0
    (compared,) = json.loads(capsys.readouterr().out)
    assert (compared["median_a"], compared["verdict"]) == (9_000_000, "worse")
    assert main(["trends", "--marked", "-o", "json"]) == 0
    (trend,) = json.loads(capsys.readouterr().out)
    assert [point["mark"] for point in trend["points"]] == ["", "worse"]
    assert main(["trends"]) == 0
    assert "worse, 1.06 times" in capsys.readouterr().out


def test_runs_without_figures_are_told(
    history: History, platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [history.begin_run("plan", "lab", platform) for _ in range(2)]
    assert main(["compare", *runs]) == 2
    assert "nothing was measured in" in capsys.readouterr().err


def test_of_a_figure_recorded_twice_the_last_counts(history_file: Path, history: History) -> None:
    platform = Platform(kind="kvm", processor="x", cores=1, memory=2**31)
    run = night(history, platform, [5.0, 5.1, 5.2])
    history.add_samples(run, "indexGD", "unikernel", "start_first_answer", "s", [1, 1.1, 1.2], "")
    other = night(history, platform, [1.0, 1.1, 1.2])
    assert verdict(history, run, other)[0] == "no difference"
    assert [point.median for point in history.trends()[0].points] == [1.1, 1.1]
