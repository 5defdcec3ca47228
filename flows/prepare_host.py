"""Prepare a server: Xen, dom0, bridge, volume group and logical volumes."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("prepare_host"))

from pathlib import Path

from prefect import flow

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from flows.session import Summary, carry_out
from flows.steps.prepare_host import steps


@flow(
    name="prepare_host",
    flow_run_name="prepare host of {environment.stem}",
    persist_result=False,
)
def prepare_host(
    environment: Path = DEFAULT_ENVIRONMENT,
    only: list[str] | None = None,
    skip: list[str] | None = None,
    blocks: Blocks | None = None,
) -> Summary:
    """Prepare the environment's server.

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
        blocks: names of blocks that say how machines are reached; by default the environment.
    """
    return carry_out(
        "prepare_host",
        Path(environment),
        steps,
        only=only or (),
        skip=skip or (),
        blocks=blocks,
        builds=False,
    )
