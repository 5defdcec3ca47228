"""Build the container images, move them to the domU's engine, start them and see them healthy."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("compose_up"))

from flows.of_steps import flow_of_steps
from flows.steps.compose_up import steps

compose_up = flow_of_steps(
    "compose_up",
    steps,
    does="Bring the environment's containers up.",
    run="containers of {environment.stem}",
    builds=True,
)
