"""The steps of a night: fresh packages, a whole deployment, figures in any case, a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.session import Session
from flows.steps import deploy_all
from runs.step import Step
from tasks.domu.root_filesystem import kept_root
from tasks.measuring.method import Method
from tasks.rebuilding.fresh_list import fresh_list
from tasks.rebuilding.fresh_packages import Fresh
from tasks.rebuilding.old_nights import old_nights_step
from tasks.rebuilding.verdict import verdict_step

GROUP = "rebuild_and_measure"
NIGHTS = 14  # that are kept
UNTIL = 10.0  # percent: how well a median must be known


@dataclass(frozen=True)
class Tonight:
    """What a night is to do.

    Args:
        method: how it measures.
        packages: a list to build from again; None for what the mirror has now.
        nights: how many are kept.
        accept: what is worse is taken for good.
    """

    method: Method
    packages: Path | None = None
    nights: int = NIGHTS
    accept: bool = False


USUAL = Tonight(Method(until=UNTIL / 100, again=True))


def steps(session: Session, tonight: Tonight = USUAL) -> list[Step]:
    """Give the steps; what is built waits for the list of packages, the verdict for all figures."""
    session.method = tonight.method
    environment = session.environment
    fresh = Fresh(environment, tonight.packages, fresh_list)
    deployed = [fresh.guarded(step) for step in deploy_all.steps(session)]
    names = [step.name for step in deployed]

    def roots() -> Sequence[Path]:
        return [kept_root(domu, session.identity(domu.name)()) for domu in environment.domus]

    verdict = verdict_step(
        environment, session.history, session.run, GROUP, names, roots, accept=tonight.accept
    )
    after = [verdict.name]
    old = old_nights_step(environment.name, session.connections, GROUP, after, tonight.nights)
    return [fresh.step(GROUP), *deployed, verdict, old]
