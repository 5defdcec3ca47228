"""Create the domUs: root file system on its volume, definition, start, SSH."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("create_domu"))

from pathlib import Path

from prefect import flow

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from flows.session import Summary, carry_out
from flows.steps.create_domu import steps


@flow(
    name="create_domu",
    flow_run_name="create domUs of {environment.stem}",
    persist_result=False,
)
def create_domu(
    environment: Path = DEFAULT_ENVIRONMENT,
    only: list[str] | None = None,
    skip: list[str] | None = None,
    blocks: Blocks | None = None,
) -> Summary:
    """Create the environment's domUs.

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
        blocks: names of blocks that say how machines are reached; by default the environment.
    """
    return carry_out(
        "create_domu",
        Path(environment),
        steps,
        only=only or (),
        skip=skip or (),
        blocks=blocks,
        builds=False,
    )
