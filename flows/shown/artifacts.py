"""What a run leaves in Prefect's UI: tables, under keys of their own for each environment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prefect.artifacts import (
    create_image_artifact,
    create_markdown_artifact,
    create_table_artifact,
)

from flows.session import Summary
from flows.shown.kept import artifact_key, kept
from flows.shown.results import measured_runs, proof_of
from history import History, grid, open_history, table
from history.judging.known import known
from history.read import records
from report import plots
from report.files import data_uri
from report.parts import Picture
from runs.planned import Planned, counted

FIGURES = ("subject", "technique", "metric", "unit", "median", "low", "high", "samples", "run")
LONGEST = 500_000  # characters; Prefect takes any length, and its UI then stands still


def keep_result(summary: Summary, environment: str) -> None:
    """Keep a run's result: `table-ENVIRONMENT` to read, `figures-` and `proof-` to work with.

    `picture-ENVIRONMENT` shows how long the starts took.
    """
    title = f"run {summary.run} of {environment}"
    with open_history(summary.history_url) as history:
        text, figures = result(summary, history), figures_of(summary, history)
        picture = starts_of(summary, history)
    with kept():
        create_markdown_artifact(text[:LONGEST], artifact_key("table", environment), title)
        if figures:
            create_table_artifact(figures, artifact_key("figures", environment), title)
        if picture:
            create_image_artifact(data_uri(picture), artifact_key("picture", environment), title)
        if summary.proof:
            seen = [{"what": what, "seen": seen} for what, seen in summary.proof.items()]
            create_table_artifact(seen, artifact_key("proof", environment), title)


def keep_plan(rows: Sequence[Planned], environment: str) -> None:
    """Keep what a deployment would change as `plan-ENVIRONMENT`."""
    cells = [(row.step, row.state, row.reason, "; ".join(row.actions)) for row in rows]
    table = grid.markdown(grid.grid(("step", "state", "found", "would be done"), cells))
    with kept():
        create_markdown_artifact(
            f"{counted(rows)}\n\n{table}"[:LONGEST],
            artifact_key("plan", environment),
            f"what a deployment of {environment} would change",
        )


def figures_of(summary: Summary, history: History) -> list[dict[str, Any]]:
    """Give the figures of a deployment, one metric of one subject a row."""
    found = [row for run in measured_runs(summary) for row in records(history.metrics(run))]
    return [{name: row[name] for name in FIGURES} for row in found]


def starts_of(summary: Summary, history: History) -> Picture | None:
    """Draw the starts that are known as of a run, as a report does; None where none is."""
    measured = measured_runs(summary)
    return plots.starts(known(history.engine, measured[-1])) if measured else None


def result(summary: Summary, history: History) -> str:
    """Render a run's result as Markdown: figures beside the thesis', the proof, the steps."""
    parts = [table.markdown(history, run) for run in measured_runs(summary)]
    if proof := proof_of(summary):
        parts.append(grid.escaped(proof))
    parts.append(f"{summary.changed} of {len(summary.outcomes)} steps changed something.")
    rows = [(o.step, o.state, f"{o.seconds:.1f}", o.reason) for o in summary.outcomes]
    parts.append(grid.markdown(grid.grid(("step", "state", "s", "before"), rows, right=[2])))
    return "\n\n".join(parts)
