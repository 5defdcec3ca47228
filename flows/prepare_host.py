"""Prepare a server: Xen, dom0, bridge, volume group and logical volumes."""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("prepare_host"))

from flows.of_steps import flow_of_steps
from flows.steps.prepare_host import steps

prepare_host = flow_of_steps(
    "prepare_host",
    steps,
    does="Prepare the environment's server.",
    run="prepare host of {environment.stem}",
)
