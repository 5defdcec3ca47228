"""Fill a history with many runs and samples, and time what reads it, each as a command of its own.

Prints the median of several starts of each command, Python's own start included: what the clock
said, and the processor's time, which other work on the machine changes little.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from deployments.default import PROJECT
from history import database, open_history, schema

FIRST_NIGHT = datetime(2024, 1, 1, 3, 30, tzinfo=UTC)
SUBJECTS = 10
METRICS = {
    "size": ("bytes", 9e6),
    "memory": ("bytes", 40e6),
    "start_running": ("s", 1.0),
    "start_first_answer": ("s", 3.0),
}
STEPS = 40
SPREAD = 0.05  # of samples, as on a quiet machine
MACHINE = {"kind": "emulation", "processor": "a processor", "cores": 2, "memory": 16_000_000_000}


def main() -> int:
    """Run it; gives the exit status."""
    options = argparse.ArgumentParser(prog="python -m bench.history", description=__doc__)
    options.add_argument("--runs", type=int, default=1000)
    options.add_argument("--samples", type=int, default=1_000_000, help="of all runs together")
    options.add_argument("--times", type=int, default=5, help="each command is started so often")
    options.add_argument("--keep", type=Path, metavar="FILE", help="leave the history there")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-history-") as folder:
        file = asked.keep or Path(folder) / "history.sqlite"
        fill(file, asked.runs, asked.samples)
        first, last = name_of(0), name_of(asked.runs - 1)
        for command in (
            ("list", "-o", "json"),
            ("compare", first, last, "-o", "json"),
            ("trends", "--subject", "subject-3", "-o", "json"),
            ("trends", "-o", "json"),
        ):
            took = [timed(file, *command) for _ in range(asked.times)]
            wall, processor = map(statistics.median, zip(*took, strict=True))
            sys.stdout.write(
                f"{wall:6.2f} s, {processor:.2f} of a processor  history {' '.join(command)}\n"
            )
    return 0


def timed(file: Path, *command: str) -> tuple[float, float]:
    """Give the seconds of one command, from its start to its end, and those of a processor."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "commands", "history", *command],
        cwd=PROJECT,
        env={**os.environ, "EPOS_VIRT_HISTORY": str(file)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - began, spent


def fill(file: Path, runs: int, samples: int) -> None:
    """Write a history of nights that differ by chance only; the same for the same arguments."""
    chance = random.Random(runs)
    each = max(1, samples // (runs * SUBJECTS * len(METRICS)))
    with open_history(str(file)) as history:
        for first in range(0, runs, 100):
            with database.writing(history.engine) as connection:
                for number in range(first, min(first + 100, runs)):
                    fill_run(connection, number, each, chance)


def fill_run(connection: Connection, number: int, each: int, chance: random.Random) -> None:
    """Write one night: its steps, and so many samples of every metric of every subject."""
    began = FIRST_NIGHT + timedelta(days=number)
    state = {"state": "done", "started": began, "ended": began + timedelta(minutes=20)}
    run = {
        "id": name_of(number),
        "flow": "deploy_all",
        "environment": "lab",
        "platform": "emulation, a processor, 2 cores, 16.0 GB",
        "platform_details": MACHINE,
        "machine": "bench",
        "process": "gone 0 0",
    }
    connection.execute(insert(schema.run).values(**run, **state))
    step = {"run": run["id"], "host": "xen1", "changed": False, "retries": 0, "evidence": ""}
    names = [{"step": f"step {nth}", "reason": "as it was"} for nth in range(STEPS)]
    unchanged = {**state, "state": "unchanged"}
    connection.execute(insert(schema.step), [{**step, **unchanged, **name} for name in names])
    for metric, typical in metrics_of(run["id"], began):
        noise = SPREAD if metric["unit"] == "s" else 0  # images do not scatter
        values = [typical * chance.lognormvariate(0, noise) for _ in range(each)]
        summary = {
            "median": statistics.median(values),
            "low": min(values),
            "high": max(values),
            "samples": each,
        }
        adding = insert(schema.metric).values(**metric, **summary)
        made = connection.execute(adding).inserted_primary_key
        assert made is not None, "the table numbers its rows"
        rows = [{"metric": made[0], "position": at, "value": it} for at, it in enumerate(values)]
        connection.execute(insert(schema.sample), rows)


def metrics_of(run: object, recorded: datetime) -> Iterator[tuple[dict[str, Any], float]]:
    """Give the rows of a night's metrics, and what each typically is."""
    for subject in range(SUBJECTS):
        for metric, (unit, typical) in METRICS.items():
            yield (
                {
                    "run": run,
                    "subject": f"subject-{subject}",
                    "technique": "unikernel" if subject % 2 else "container",
                    "metric": metric,
                    "unit": unit,
                    "method": "made up",
                    "valid": True,
                    "warnings": [],
                    "recorded": recorded,
                },
                typical,
            )


def name_of(number: int) -> str:
    """Give the id of a night."""
    return f"{FIRST_NIGHT + timedelta(days=number):%Y%m%d-%H%M%S}-000"


if __name__ == "__main__":
    sys.exit(main())
