"""Build the unikernels' images, carry the archive to its volume, start each as a domU."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("run_unikernels"))

from flows.of_steps import flow_of_steps
from flows.steps.run_unikernels import steps

run_unikernels = flow_of_steps(
    "run_unikernels",
    steps,
    does="Build and start the environment's unikernels.",
    run="unikernels of {environment.stem}",
    builds=True,
)
