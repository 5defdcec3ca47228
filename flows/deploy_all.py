"""Deploy a whole environment: server, domUs, containers, unikernels; prove it, measure it.

From nothing this takes 16 to 24 minutes on two cores without KVM, and as long again to measure
everything; a second run, with nothing changed, below one. Killed at any point, the next run
goes on from there.
"""

from __future__ import annotations

import sys
from pathlib import Path

from prefect import flow

from flows import compose_up, create_domu, measure, prepare_host, run_unikernels
from flows.command import DEFAULT_ENVIRONMENT, main
from flows.results import table
from flows.session import Session, Summary, carry_out
from runs.step import Step
from tasks.certificate import certificate_of
from tasks.proof import proof_step


def steps(session: Session) -> list[Step]:
    """Give the steps of all parts; each waits only for those it needs."""
    running = [
        *prepare_host.steps(session),
        *create_domu.steps(session),
        *compose_up.steps(session),
        *run_unikernels.steps(session),
    ]
    proof = prove(session, running)
    return [*running, proof, *measure.measuring(session, [proof.name])]


def prove(session: Session, running: list[Step]) -> Step:
    """Give the step that proves that all applications work together."""
    kinds = ("compose", "unikernel", "unused-images")
    return proof_step(
        session.environment,
        session.connections,
        lambda: certificate_of(session.environment),
        session.say("proof"),
        session.results,
        [step.name for step in running if step.name.split()[0] in kinds],
    )


@flow(name="deploy_all", flow_run_name="deploy {environment}", persist_result=False)
def deploy_all(
    environment: Path = DEFAULT_ENVIRONMENT,
    only: list[str] | None = None,
    skip: list[str] | None = None,
) -> Summary:
    """Deploy an environment, prove that it works, measure it.

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
    """
    return carry_out("deploy_all", Path(environment), steps, only=only or (), skip=skip or ())


if __name__ == "__main__":
    sys.exit(main("deploy_all", deploy_all, steps, __doc__, show=table))
