"""Take an environment down: removes what carries its mark, and only that.

Guests are shut down and undefined, their images and the archive's copy are removed. Volumes
that may hold data (the domUs' disks with the database, root, home, swap) stay unless --data is
given and confirmed. Xen, the bridge and installed packages stay: they are the server's.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.teardown import main

    sys.exit(main())

from functools import partial
from pathlib import Path

from prefect import flow

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.load import load_environment
from errors import WrongInput
from flows.session import Summary, carry_out
from flows.steps.teardown import steps


@flow(name="teardown", flow_run_name="take down {environment.stem}", persist_result=False)
def teardown(
    environment: Path = DEFAULT_ENVIRONMENT,
    data: bool = False,
    confirm: str = "",
    only: list[str] | None = None,
    skip: list[str] | None = None,
    blocks: Blocks | None = None,
) -> Summary:
    """Take an environment down.

    Args:
        environment: the environment's YAML file.
        data: remove volumes that may hold data, too.
        confirm: the environment's name, typed: needed with `data`.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
        blocks: names of blocks that say how machines are reached; by default the environment.

    Raises:
        WrongInput: `data` without the right confirmation.
    """
    name = load_environment(environment).name
    if data and confirm != name:
        raise WrongInput(
            "data volumes are removed only with the environment's name as confirmation",
            seen=f"confirm is {confirm!r}",
            remedy=f"give confirm={name!r}",
        )
    return carry_out(
        "teardown",
        Path(environment),
        partial(steps, data=data),
        only=only or (),
        skip=skip or (),
        blocks=blocks,
        builds=False,
    )
