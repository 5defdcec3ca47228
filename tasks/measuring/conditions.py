"""How quiet the machine was while something was measured: recorded beside it, judged by nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from history.metric import LOAD_AVERAGE, STEAL
from tasks.measuring.measure import Figure, Subject
from tasks.measuring.method import Method

FILES = ("/proc/stat", "/proc/loadavg")
NOISY = 5.0  # percent of stolen time from which what was measured is doubtful
STOLEN = 7  # place of `steal` among the times of /proc/stat's first line
ALL = 8  # the times after it are in those before it already


@dataclass(frozen=True)
class Conditions:
    """What a machine has counted since it booted, in ticks, and its load average of a minute."""

    ticks: int
    stolen: int
    load: float


def conditions_in(text: str) -> Conditions:
    """Read conditions from what FILES hold, one after the other."""
    # cpu  74608 2520 24433 1117073 6176 4054 0 0 0 0
    lines = text.splitlines()
    times = [int(ticks) for ticks in lines[0].split()[1:]]
    return Conditions(sum(times[:ALL]), times[STOLEN], float(lines[-1].split()[0]))


def under_conditions(subject: Subject, look: Callable[[], Conditions]) -> Subject:
    """Give a subject with whose figures the conditions are told, under which they were taken."""

    def measure(method: Method) -> Iterator[Figure]:
        before = look()
        yield from subject.measure(method)
        yield from conditions_between(before, look())

    return replace(subject, measure=measure)


def conditions_between(before: Conditions, after: Conditions) -> list[Figure]:
    """Give what the conditions were between two looks."""
    stolen = 100 * (after.stolen - before.stolen) / max(1, after.ticks - before.ticks)
    noisy = (f"{stolen:.0f} % of the processors' time went elsewhere",) if stolen > NOISY else ()
    return [
        Figure(STEAL, "percent", [max(0.0, stolen)], "/proc/stat", True, noisy),
        Figure(LOAD_AVERAGE, "count", [after.load], "/proc/loadavg, of its last minute"),
    ]
