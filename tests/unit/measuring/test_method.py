"""How often a start is timed: a fixed number, or until it is known; void where the same differs."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from errors import WrongInput
from tasks.measuring.method import FIXED, MOST, REPETITIONS, Method, method_of, repeated

UNTIL = Method(5, 0.10)


def taken(method: Method, seconds: Iterator[float]) -> list[float]:
    return repeated(method, lambda: next(seconds), float, "answered")


def scattered(by: float, seed: int = 1) -> Iterator[float]:
    chance = random.Random(seed)
    while True:
        yield chance.lognormvariate(0.0, by)


def test_a_fixed_number_is_that_number_without_a_warm_up() -> None:
    seconds = iter(range(1, 100))
    assert taken(FIXED, map(float, seconds)) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert REPETITIONS == 5


def test_what_does_not_scatter_is_soon_known_and_the_first_only_warms_up() -> None:
    seconds = iter([9.0, *[1.0] * 50])
    assert taken(UNTIL, seconds) == [1.0] * 5
    assert next(seconds) == 1.0


def test_what_scatters_is_timed_until_it_is_known() -> None:
    few, more = taken(UNTIL, scattered(0.02)), taken(UNTIL, scattered(0.15))
    assert 5 == len(few) < len(more) <= MOST


def test_what_never_gets_known_ends_at_thirty_and_is_void_where_its_halves_differ() -> None:
    again_and_again = iter([1.0, *[1.0, 2.0, 2.0, 1.0] * 20])
    seconds = taken(UNTIL, again_and_again)
    assert len(seconds) == MOST
    assert "A/A arm is at 2.00" in UNTIL.void(seconds)


def test_a_drift_is_in_both_halves() -> None:
    drifting = [1.0 + 0.01 * at for at in range(20)]
    assert UNTIL.void(drifting) == ""


def test_a_fixed_number_is_judged_by_nobody() -> None:
    assert FIXED.void([1.0, 2.0, 2.0, 1.0]) == ""


def test_the_same_differs_from_itself_in_few_nights() -> None:
    void = sum(bool(UNTIL.void(taken(UNTIL, scattered(0.08, seed)))) for seed in range(40))
    assert void <= 4


@pytest.mark.parametrize(("starts", "until"), [(0, None), (31, None), (5, 0.5), (5, 60.0)])
def test_no_method_is_refused(starts: int, until: float | None) -> None:
    with pytest.raises(WrongInput):
        method_of(starts, until)


def test_a_method_says_what_it_does() -> None:
    assert str(method_of(5, None)) == "5 starts"
    assert str(method_of(3, 10.0)) == "5 to 30 starts, until within 10%"
