"""What a run leaves in Prefect's UI: its result as a table, under one key for each environment."""

from __future__ import annotations

import re

from flows.results import measured_runs, proof_of
from flows.session import Summary
from history import grid, open_history, table

LONGEST = 500_000  # characters; Prefect takes any length, and its UI then stands still


def keep_result(summary: Summary, environment: str) -> None:
    """Create the artifact `table-ENVIRONMENT`; its older versions stay under the same key.

    A server that does not take it is no reason for a run to fail: all of it is in our history.
    """
    from httpx import HTTPError
    from prefect import get_run_logger
    from prefect.artifacts import create_markdown_artifact

    try:
        create_markdown_artifact(
            markdown=result(summary)[:LONGEST],
            key=artifact_key(environment),
            description=f"run {summary.run} of {environment}",
        )
    except HTTPError as error:
        get_run_logger().warning("the table was not kept as an artifact: %r", error)


def artifact_key(environment: str) -> str:
    """Give the key of an environment's table; Prefect allows small letters, digits and dashes."""
    return "table-" + re.sub(r"[^a-z0-9]+", "-", environment.lower()).strip("-")


def result(summary: Summary) -> str:
    """Render a run's result as Markdown: figures beside the thesis', the proof, the steps."""
    with open_history() as history:
        parts = [table.markdown(history, run) for run in measured_runs(summary)]
    if proof := proof_of(summary):
        parts.append(grid.escaped(proof))
    parts.append(f"{summary.changed} of {len(summary.outcomes)} steps changed something.")
    rows = [(o.step, o.state, f"{o.seconds:.1f}", o.reason) for o in summary.outcomes]
    parts.append(grid.markdown(grid.grid(("step", "state", "s", "before"), rows, right=[2])))
    return "\n\n".join(parts)
