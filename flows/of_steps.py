"""A Prefect flow that carries out steps on an environment, as most flows do: written once."""

from __future__ import annotations

from pathlib import Path

from prefect import Flow, flow

from blocks.named import Blocks
from deployments.default import DEFAULT_ENVIRONMENT
from deployments.load import load_environment
from flows.session import StepsOf, Summary, carry_out

PARAMETERS = """

    Args:
        environment: the environment's YAML file.
        only: steps, groups or kinds of steps to run; empty for all.
        skip: steps to leave out.
        blocks: names of blocks that say how machines are reached; by default the environment.
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

    def carried_out(
        environment: Path = DEFAULT_ENVIRONMENT,
        only: list[str] | None = None,
        skip: list[str] | None = None,
        blocks: Blocks | None = None,
    ) -> Summary:
        file = Path(environment)
        summary = carry_out(
            name, file, steps, only=only or (), skip=skip or (), blocks=blocks, builds=builds
        )
        if measures:
            from flows.shown.artifacts import keep_result

            keep_result(summary, load_environment(file).name)
        return summary

    # Prefect finds a flow by its function's module and name, and shows what that says of itself.
    carried_out.__module__ = f"flows.{name}"
    carried_out.__name__ = carried_out.__qualname__ = name
    carried_out.__doc__ = does + PARAMETERS
    return flow(name=name, flow_run_name=run, persist_result=False)(carried_out)
