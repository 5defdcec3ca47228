"""Deploy a whole environment: server, domUs, containers, unikernels; prove it, measure it.

From nothing this takes 15 to 20 minutes on two cores without KVM, and as long again or longer to
measure everything; a second run, with nothing changed, below one minute. Killed at any point, the
next run goes on from there.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("deploy_all"))

from pathlib import Path

from prefect import flow

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.load import load_environment
from flows.artifacts import keep_result
from flows.session import Summary, carry_out
from flows.steps.deploy_all import steps


@flow(name="deploy_all", flow_run_name="deploy {environment.stem}", persist_result=False)
def deploy_all(
    environment: Path = DEFAULT_ENVIRONMENT,
    only: list[str] | None = None,
    skip: list[str] | None = None,
    blocks: Blocks | None = None,
) -> Summary:
    """Deploy an environment, prove that it works, measure it.

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
        blocks: names of blocks that say how machines are reached; by default the environment.
    """
    summary = carry_out(
        "deploy_all", Path(environment), steps, only=only or (), skip=skip or (), blocks=blocks
    )
    keep_result(summary, load_environment(environment).name)
    return summary
