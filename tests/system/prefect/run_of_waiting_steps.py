"""A run of steps that wait, to be ended: `python -m tests.system.prefect.run_of_waiting_steps`.

Everything is real but its steps. $POINT says where it waits: begin, plan, action, between or end.
What waits writes so to $TOLD; when it is to end it takes its time to undo, and writes that.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from prefect import flow

import flows.session
from commands.command import guarded
from flows.session import Session, Summary, carry_out
from history import Platform
from runs.interruption import pause, undoing
from runs.prefect_server import prefect_server
from runs.step import Action, Plan, Step, change, nothing
from runs.wait import wait_until

POINT = os.environ["POINT"]
TOLD = Path(os.environ["TOLD"])
ENVIRONMENT = Path("deployments/lab.yaml")
UNDOES = 1.0  # seconds


def wait_here(point: str) -> None:
    """Wait for ever where the run shall be ended; tell so first."""
    if point != POINT:
        return
    tell("waits")
    try:
        wait_until(lambda: False, what="the end", within=300, remedy="")
    finally:
        with undoing():
            pause(UNDOES)
        tell("undone")


def tell(what: str) -> None:
    """Write a line for the test."""
    with TOLD.open("a") as file:
        file.write(f"{what}\n")


def ends_itself() -> None:
    """Have the run ended while nothing waits."""
    if POINT == "between":
        os.kill(os.getpid(), int(os.environ["SIGNAL"]))
        pause(300)


def steps(session: Session) -> list[Step]:
    """Give two steps, one after the other."""
    if session.run:
        wait_here("begin")

    def plan() -> Plan:
        wait_here("plan")
        acts = (Action("wait", lambda: wait_here("action")), Action("end", ends_itself))
        return change("is missing", *acts)

    def never() -> Plan:
        if POINT != "end":
            tell("the second step began")
        return nothing("there")

    return [Step("first", "g", "server", plan), Step("second", "g", "server", never, ("first",))]


def whole_platform(session: Session) -> Platform:
    """Stand for the look at the machines, which are not there."""
    wait_here("end")
    return Platform(kind="emulation")


@flow(name="waiting", persist_result=False)
def waiting(
    environment: Path = ENVIRONMENT, only: list[str] | None = None, skip: list[str] | None = None
) -> Summary:
    """Carry the steps out."""
    return carry_out("waiting", Path(environment), steps, builds=False)


def work() -> int:
    """Run it with the Prefect server that the environment names."""
    with prefect_server():
        waiting()
    return 0


if __name__ == "__main__":
    flows.session.whole_platform = whole_platform
    sys.exit(guarded(work))
