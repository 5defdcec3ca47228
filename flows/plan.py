"""Show what a deployment would change, as `deploy_all --plan` does; touches nothing.

For Prefect's UI, where a run of it leaves the plan as a table.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("deploy_all", ["--plan", *sys.argv[1:]], "python -m flows.plan"))

from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.load import check_files, load_environment
from flows.session import chosen, doors_of, open_session
from flows.shown.artifacts import keep_plan
from flows.steps.deploy_all import steps
from runs.planned import counted, planned


@flow(name="plan", flow_run_name="plan {environment.stem}", persist_result=False)
def plan(
    environment: Path = DEFAULT_ENVIRONMENT,
    only: list[str] | None = None,
    skip: list[str] | None = None,
    blocks: Blocks | None = None,
) -> State[Any]:
    """Show what deploy_all would change, as the artifact `plan-ENVIRONMENT`; touches nothing.

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to look at; empty for all.
        skip: steps to leave out.
        blocks: names of blocks that say how machines are reached; by default the environment.
    """
    described = load_environment(Path(environment))
    check_files(described)
    with open_session(described, builds=True, doors=doors_of(blocks)) as session:
        rows = planned(chosen(session, steps(session), only or (), skip or ()), session.conceal)
    keep_plan(rows, described.name)
    return Completed(message=counted(rows))
