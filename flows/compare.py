"""Compare techniques: one application as virtual machine, container and unikernel, measured alike.

Copies with addresses and data of their own are made beside what runs, each is seen to answer, all
are measured by the same code and removed. What runs stays as it is.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.compare import main

    sys.exit(main())

from pathlib import Path

from prefect import flow

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.model import Environment, Technique
from flows.session import Session, Summary, carry_out
from flows.shown.artifacts import keep_result
from flows.steps.compare import steps
from runs.step import Step
from tasks.comparing.copies import with_copies

ALL: tuple[Technique, ...] = ("vm", "container", "unikernel")


@flow(name="compare", flow_run_name="compare {application}", persist_result=False)
def compare(
    application: str,
    environment: Path = DEFAULT_ENVIRONMENT,
    techniques: list[Technique] | None = None,
    blocks: Blocks | None = None,
) -> Summary:
    """Measure an application as virtual machine, container and unikernel.

    Args:
        application: its name in the environment.
        environment: the environment's YAML file.
        techniques: some of vm, container, unikernel; empty for all.
        blocks: names of blocks that say how machines are reached; by default the environment.
    """
    chosen = tuple(dict.fromkeys(techniques or ALL))
    originals: list[Environment] = []

    def beside(original: Environment) -> Environment:
        originals.append(original)
        return with_copies(original, application, chosen)[0]

    def steps_of(session: Session) -> list[Step]:
        return steps(session, originals[-1], application)

    summary = carry_out("compare", Path(environment), steps_of, blocks=blocks, changed=beside)
    keep_result(summary, originals[-1].name)
    return summary
