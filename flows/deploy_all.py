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

from flows.of_steps import flow_of_steps
from flows.steps.deploy_all import steps

deploy_all = flow_of_steps(
    "deploy_all",
    steps,
    does="Deploy an environment, prove that it works, measure it.",
    run="deploy {environment.stem}",
    builds=True,
    measures=True,
)
