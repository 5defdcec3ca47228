"""Measure size, memory and start of every domU, container and unikernel, at least five times."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("measure"))

from flows.of_steps import flow_of_steps
from flows.steps.measure import steps

measure = flow_of_steps(
    "measure",
    steps,
    does="Measure everything of the environment that changed since it was measured last.",
    run="measure {environment.stem}",
    measures=True,
)
