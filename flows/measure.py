"""Measure size, memory and start of every domU, container and unikernel, at least five times."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("measure"))

from pathlib import Path

from prefect import flow

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.load import load_environment
from flows.artifacts import keep_result
from flows.session import Summary, carry_out
from flows.steps.measure import steps


@flow(name="measure", flow_run_name="measure {environment.stem}", persist_result=False)
def measure(
    environment: Path = DEFAULT_ENVIRONMENT,
    only: list[str] | None = None,
    skip: list[str] | None = None,
    blocks: Blocks | None = None,
) -> Summary:
    """Measure everything of the environment that changed since it was measured last.

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
        blocks: names of blocks that say how machines are reached; by default the environment.
    """
    summary = carry_out(
        "measure",
        Path(environment),
        steps,
        only=only or (),
        skip=skip or (),
        blocks=blocks,
        builds=False,
    )
    keep_result(summary, load_environment(environment).name)
    return summary
