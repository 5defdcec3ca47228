"""A night: build from fresh packages, deploy, prove, measure in any case, compare with good nights.

What the mirror has now is taken into a dated list, and what is built of Debian's packages is built
from that; where no version changed, nothing is. What is worse than in the last good nights ends the
run red, with what changed since: package versions, source revision, kernel configuration. What does
not prove itself, or is worse, goes: what the last good night's packages gave is put back.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before the imports below: they take seconds, help needs none of them
    from commands.flow import main

    sys.exit(main("rebuild_and_measure"))

from functools import partial
from pathlib import Path

from prefect import flow

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.load import load_environment
from errors import WrongInput
from flows.session import Summary, carry_out
from flows.shown.artifacts import keep_result
from flows.shown.night import keep_night, regression
from flows.steps.put_back import put_back
from flows.steps.rebuild_and_measure import NIGHTS, UNTIL, Tonight, steps
from runs.execution import StepsFailed
from tasks.measuring.method import REPETITIONS, method_of
from tasks.rebuilding.nights import nights_of


@flow(name="rebuild_and_measure", flow_run_name="night of {environment.stem}", persist_result=False)
def rebuild_and_measure(
    environment: Path = DEFAULT_ENVIRONMENT,
    only: list[str] | None = None,
    skip: list[str] | None = None,
    blocks: Blocks | None = None,
    packages: Path | None = None,
    starts: int = REPETITIONS,
    until: float | None = UNTIL,
    nights: int = NIGHTS,
    accept: bool = False,
) -> Summary:
    """Rebuild an environment from fresh packages, prove it, measure it, compare it with before.

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
        blocks: names of blocks that say how machines are reached; by default the environment.
        packages: a list that an earlier night has kept, to be built from again.
        starts: how often each start is timed, at least.
        until: and goes on until its median is known within so many percent; empty: that is enough.
        nights: how many nights' images and roots are kept on this machine.
        accept: take what is worse for good; later nights are compared with it.
    """
    file = Path(environment)
    name = load_environment(file).name
    given = Path(packages) if packages else None
    if nights < 1:
        raise WrongInput(f"{nights} nights kept", remedy="keep one at least")
    tonight = Tonight(method_of(starts, until, again=True), given, nights, accept)
    only, skip = only or [], skip or []
    known = {night.run for night in nights_of(name)}
    try:
        summary = carry_out(
            "rebuild_and_measure",
            file,
            partial(steps, tonight=tonight),
            only=only,
            skip=skip,
            blocks=blocks,
        )
    except StepsFailed:
        if judged := [night for night in nights_of(name) if night.run not in known]:
            keep_night(judged[-1], name)
            regression(judged[-1], name)
        put_back(file, name, skip=skip, blocks=blocks)
        raise
    keep_result(summary, name)
    for night in nights_of(name):
        if night.run == summary.run:
            keep_night(night, name)
    return summary
