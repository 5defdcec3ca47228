"""Build the unikernels' images, carry the archive to its volume, start each as a domU."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("run_unikernels"))

from pathlib import Path

from prefect import flow

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from flows.session import Summary, carry_out
from flows.steps.run_unikernels import steps


@flow(name="run_unikernels", flow_run_name="unikernels of {environment.stem}", persist_result=False)
def run_unikernels(
    environment: Path = DEFAULT_ENVIRONMENT,
    only: list[str] | None = None,
    skip: list[str] | None = None,
    blocks: Blocks | None = None,
) -> Summary:
    """Build and start the environment's unikernels.

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
        blocks: names of blocks that say how machines are reached; by default the environment.
    """
    return carry_out(
        "run_unikernels",
        Path(environment),
        steps,
        only=only or (),
        skip=skip or (),
        blocks=blocks,
        builds=False,
    )
