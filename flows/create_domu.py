"""Create the domUs: root file system on its volume, definition, start, SSH."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("create_domu"))

from flows.of_steps import flow_of_steps
from flows.steps.create_domu import steps

create_domu = flow_of_steps(
    "create_domu",
    steps,
    does="Create the environment's domUs.",
    run="create domUs of {environment.stem}",
)
