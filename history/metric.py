"""What is measured: the metrics with their units and their one definition, and the techniques."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Technique = Literal["vm", "unikernel", "container"]
Unit = Literal["bytes", "s", "bytes/s", "requests/s", "ratio", "count", "percent"]

TECHNIQUES: tuple[str, ...] = get_args(Technique)
UNITS: tuple[str, ...] = get_args(Unit)
MORE_IS_BETTER = ("bytes/s", "requests/s")  # of all other units less is


@dataclass(frozen=True)
class Definition:
    """One metric: its unit and, in words for a reader of the table, what exactly it is."""

    unit: Unit
    meaning: str


SIZE = "size"
MEMORY = "memory"
MEMORY_SMALLEST = "memory_smallest"
START_RUNNING = "start_running"
START_FIRST_ANSWER = "start_first_answer"
START_RESTORED = "start_restored"
START_TOOLSTACK = "start_toolstack"
START_BOOT = "start_boot"
START_LISTENING = "start_listening"
START_ANSWERING = "start_answering"
START_DIRECT = "start_direct"
REQUESTS_PER_SECOND = "requests_per_second"
LATENCY_MEDIAN = "latency_median"
LATENCY_P99 = "latency_p99"
FILES = "files"
EXECUTABLES = "executables"
SETUID = "setuid"
STEAL = "steal"
LOAD_AVERAGE = "load_average"

# Under which it was measured: neither better nor worse, and no verdict is made of them.
CONDITIONS = (STEAL, LOAD_AVERAGE)

# The parts of a start, in their order; together they are START_FIRST_ANSWER.
START_PARTS = (START_TOOLSTACK, START_BOOT, START_LISTENING, START_ANSWERING)

METRICS: dict[str, Definition] = {
    SIZE: Definition("bytes", "bytes a host must hold for it"),
    MEMORY: Definition("bytes", "what it uses after its first answer and 10 s idle"),
    MEMORY_SMALLEST: Definition(
        "bytes", "the smallest allocation with which a guest still answers correctly"
    ),
    START_RUNNING: Definition(
        "s",
        'from the command that creates it to "running" as the runtime reports it, '
        "which is what the thesis timed for containers",
    ),
    START_FIRST_ANSWER: Definition(
        "s", "from the command that creates it to its first correct answer"
    ),
    START_RESTORED: Definition(
        "s",
        "from the command that restores its saved state to its first correct answer",
    ),
    START_TOOLSTACK: Definition(
        "s", "first part of a start: from the command to the kernel's first instruction"
    ),
    START_BOOT: Definition("s", "second part: from there to PID 1"),
    START_LISTENING: Definition("s", "third part: from there to its port being open"),
    START_ANSWERING: Definition("s", "last part: from there to its first correct answer"),
    START_DIRECT: Definition(
        "s", "the same application without a guest, in dom0: from its exec to its first answer"
    ),
    REQUESTS_PER_SECOND: Definition(
        "requests/s",
        "correct answers a second to its own question, four connections asking at once; void "
        "where one answer was wrong",
    ),
    LATENCY_MEDIAN: Definition(
        "s", "from opening a connection to its whole answer under that load, the median of a round"
    ),
    LATENCY_P99: Definition("s", "the same, which 99 of 100 answers of a round do not exceed"),
    FILES: Definition("count", "regular files in its root: what somebody inside would find"),
    EXECUTABLES: Definition("count", "of these, those that may be executed"),
    SETUID: Definition("count", "of these, those that run with their owner's or group's rights"),
    STEAL: Definition(
        "percent", "of its processors' time, what others took from the machine meanwhile"
    ),
    LOAD_AVERAGE: Definition("count", "processes that ran or waited to, in the last minute of it"),
}

# The least each technique can do on a platform: a guest that only starts and stops, a container
# with nothing in it. Ratios to it can be compared between machines, seconds cannot.
FLOORS: dict[str, str] = {
    "vm": "null-guest",
    "unikernel": "null-guest",
    "container": "empty-container",
}
