"""Run applications in virtual machines of their own: their files, a service each, their answer."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("run_vms"))

from flows.of_steps import flow_of_steps
from flows.steps.run_vms import steps

run_vms = flow_of_steps(
    "run_vms",
    steps,
    does="Run the environment's applications that are virtual machines of their own.",
    run="virtual machines of {environment.stem}",
    builds=True,
)
