"""Where a unikernel's start goes: from what its PID 1 says on the console, and the server's clock.

Guest and server both have Xen's wall clock, so that a moment told by the one means something to
the other; lengths within the guest are of its own monotonic clock.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.measuring.measure import Figure
from tasks.measuring.timed_start import Start

# epos-init: started 2.262053 at 1795485715.195757
STARTED = re.compile(r"^epos-init: started (\d+\.\d+) at (\d+\.\d+)", re.MULTILINE)
# epos-init: listening 4.020000 4000
LISTENING = re.compile(r"^epos-init: listening (\d+\.\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Split:
    """One start, seconds.

    Args:
        toolstack: from the creating call to the kernel's first instruction.
        boot: from there to PID 1.
        listening: from there to the open port.
        answering: from there to the first correct answer.
    """

    toolstack: float
    boot: float
    listening: float
    answering: float


def split_of(start: Start, console: str) -> Split | None:
    """Split a start by the last boot on a console; None where the guest did not tell."""
    boots = list(STARTED.finditer(console))
    if not boots or start.answered_at is None:
        return None
    began, moment = float(boots[-1][1]), float(boots[-1][2])
    opened = LISTENING.search(console, boots[-1].end())
    if opened is None:
        return None
    kernel_to_answer = start.answered_at - moment + began
    listening = float(opened[1])
    return Split(
        toolstack=start.first_answer - kernel_to_answer,
        boot=began,
        listening=listening - began,
        answering=kernel_to_answer - listening,
    )


def split_figures(splits: Sequence[Split | None]) -> list[Figure]:
    """Give the figures of splits, where every start could be split."""
    known = [one for one in splits if one is not None]
    if not known or len(known) < len(splits):
        return []
    guest, both = "guest's own clock", "guest's console and server's clock"
    return [
        Figure("start_toolstack", "s", [one.toolstack for one in known], both),
        Figure("start_boot", "s", [one.boot for one in known], guest),
        Figure("start_listening", "s", [one.listening for one in known], guest),
        Figure("start_answering", "s", [one.answering for one in known], both),
    ]
