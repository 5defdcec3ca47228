"""A Prefect flow that carries out steps on an environment, as most flows do: written once."""

from __future__ import annotations

from pathlib import Path

from prefect import Flow, flow

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.load import load_environment
from flows.session import StepsOf, Summary, carry_out
from tasks.measuring.method import FIXED, REPETITIONS, Method, method_of

PARAMETERS = """

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
        blocks: names of blocks that say how machines are reached; by default the environment.
    """

MEASURING = """    starts: how often each start is timed, at least.
        until: and goes on until its median is known within so many percent; empty: that is enough.
        again: measure also what was measured before and did not change.
    """


def flow_of_steps(
    name: str, steps: StepsOf, *, does: str, run: str, builds: bool = False, measures: bool = False
) -> Flow[..., Summary]:
    """Make the flow of the module `flows.NAME`.

    Args:
        name: its name; the module has it under the same.
        steps: gives its steps.
        does: what Prefect's UI says of it.
        run: how its runs are named.
        builds: whether it builds images, and so needs this machine's engine.
        measures: whether it ends with figures, which are kept as artifacts.
    """

    def carry(
        file: Path,
        only: list[str] | None,
        skip: list[str] | None,
        blocks: Blocks | None,
        method: Method = FIXED,
    ) -> Summary:
        only, skip = only or [], skip or []
        return carry_out(
            name, file, steps, only=only, skip=skip, blocks=blocks, builds=builds, method=method
        )

    def carried_out(
        environment: Path = DEFAULT_ENVIRONMENT,
        only: list[str] | None = None,
        skip: list[str] | None = None,
        blocks: Blocks | None = None,
    ) -> Summary:
        return carry(Path(environment), only, skip, blocks)

    def measured(
        environment: Path = DEFAULT_ENVIRONMENT,
        only: list[str] | None = None,
        skip: list[str] | None = None,
        blocks: Blocks | None = None,
        starts: int = REPETITIONS,
        until: float | None = None,
        again: bool = False,
    ) -> Summary:
        file = Path(environment)
        summary = carry(file, only, skip, blocks, method_of(starts, until, again=again))
        from flows.shown.artifacts import keep_result

        keep_result(summary, load_environment(file).name)
        return summary

    made = measured if measures else carried_out
    # Prefect finds a flow by its function's module and name, and shows what that says of itself.
    made.__module__ = f"flows.{name}"
    made.__name__ = made.__qualname__ = name
    made.__doc__ = does + PARAMETERS + (MEASURING if measures else "")
    return flow(name=name, flow_run_name=run, persist_result=False)(made)
