"""The steps of a whole deployment: all parts, the proof, the measurements."""

from __future__ import annotations

from flows.session import Session
from flows.steps import compose_up, create_domu, measure, prepare_host, run_unikernels, run_vms
from runs.step import Step
from tasks.certificate import certificate_of
from tasks.proof.proof import proof_step


def steps(session: Session) -> list[Step]:
    """Give the steps of all parts; each waits only for those it needs."""
    parts = (prepare_host, create_domu, compose_up, run_vms, run_unikernels)
    # Some have steps in common: containers' and virtual machines' images, the packet filter.
    made = {step.name: step for part in parts for step in part.steps(session)}
    proof = proof_step(
        session.environment,
        session.connections,
        lambda: certificate_of(session.environment),
        list(made),
    )
    figures = measure.measuring(session, [proof.name], measure.everything(session))
    return [*made.values(), proof, *figures]
