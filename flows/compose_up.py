"""Build the container images, move them to the domU's engine, start them and see them healthy."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("compose_up"))

from pathlib import Path

from prefect import flow

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from flows.session import Summary, carry_out
from flows.steps.compose_up import steps


@flow(name="compose_up", flow_run_name="containers of {environment.stem}", persist_result=False)
def compose_up(
    environment: Path = DEFAULT_ENVIRONMENT,
    only: list[str] | None = None,
    skip: list[str] | None = None,
    blocks: Blocks | None = None,
) -> Summary:
    """Bring the environment's containers up.

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
        blocks: names of blocks that say how machines are reached; by default the environment.
    """
    return carry_out(
        "compose_up", Path(environment), steps, only=only or (), skip=skip or (), blocks=blocks
    )
