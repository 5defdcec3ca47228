"""The steps of a whole deployment: all parts, the proof, the measurements."""

from __future__ import annotations

from flows.session import Session
from flows.steps import compose_up, create_domu, measure, prepare_host, run_unikernels, run_vms
from runs.step import Step
from tasks.certificate import certificate_of
from tasks.proof.proof import proof_step


def steps(session: Session) -> list[Step]:
    """Give the steps of all parts; each waits only for those it needs."""
    machines = [*prepare_host.steps(session), *create_domu.steps(session)]
    parts = (compose_up.steps(session), run_vms.steps(session), run_unikernels.steps(session))
    # Containers and virtual machines may have images in common.
    applications = {step.name: step for part in parts for step in part}.values()
    proof = proof_step(
        session.environment,
        session.connections,
        lambda: certificate_of(session.environment),
        [step.name for step in (*machines, *applications)],
    )
    figures = measure.measuring(session, [proof.name], measure.everything(session))
    return [*machines, *applications, proof, *figures]
