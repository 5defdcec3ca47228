"""What a deployment shows at its end: the table beside the thesis', what changed, the proof."""

from __future__ import annotations

from typing import Any

from flows.session import Summary
from history import open_history
from history.table import comparison
from tasks.measuring.measure import MEASURED_IN


def table(summary: Summary) -> str:
    """Render a run's result for a person."""
    parts = []
    with open_history() as history:
        for run in measured_runs(summary):
            if run != summary.run:
                parts.append(f"Figures of run {run}: nothing they depend on changed since.")
            parts.append(comparison(history, run))
    if proof := proof_of(summary):
        parts.append(proof)
    parts.append(changes(summary))
    return "\n\n".join(parts)


def changes(summary: Summary) -> str:
    """Tell in a few lines what a run changed."""
    lines = [f"+ {o.step}; before: {o.reason}" for o in summary.outcomes if o.changed]
    count = len(summary.outcomes)
    if not lines:
        return f"nothing changed: all {count} steps are as they should be (run {summary.run})"
    return "\n".join([*lines, f"{len(lines)} of {count} steps changed (run {summary.run})"])


def proof_of(summary: Summary) -> str:
    """Tell what the proof of a run proved; nothing where it had none."""
    proof = summary.proof
    if not proof:
        return ""
    if "answered" in proof:
        return f"Proof: all {proof['answered']} applications gave their own answers."
    return (
        f"Proof: {proof['files']} files of {proof['stations']} stations went through indexGD, "
        f"FWSS, the database and GLASS to the portal "
        f"({proof['inserted']} inserted, {proof['updated']} updated, "
        f"{proof['unchanged']} unchanged; {proof['against_truth']} compared with truth.csv)."
        + _further(proof)
    )


def _further(proof: dict[str, Any]) -> str:
    text = ""
    if "signals" in proof:
        text += (
            f" RunQC checked {proof['checked']} of them: {proof['signals']} counts of observations "
            f"in the database, {proof['signals_against_truth']} compared with the truth."
        )
    if "at_gateway" in proof:
        text += f" {proof['at_gateway']} files are at the gateway ({proof['carried']} carried)."
    if proof.get("others"):
        text += f" {proof['others']} further applications gave their own answers."
    return text


def measured_runs(summary: Summary) -> list[str]:
    """Give the runs that hold the figures of this deployment, newest first."""
    runs = {o.results[MEASURED_IN] for o in summary.outcomes if MEASURED_IN in o.results}
    return sorted(runs, reverse=True)
