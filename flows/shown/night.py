"""What a night leaves in Prefect: its verdict to read, and an event where something got worse."""

from __future__ import annotations

from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event

from flows.shown.kept import artifact_key, kept
from history.grid import escaped
from tasks.rebuilding.nights import Night

REGRESSION = "epos-virt.regression"  # the event's name


def keep_night(night: Night, environment: str) -> None:
    """Keep a night's verdict as `night-ENVIRONMENT`."""
    lines = "\n".join(f"- {escaped(line.strip())}" for line in night.said.splitlines())
    state = "good" if night.good else "not good"
    with kept():
        create_markdown_artifact(
            f"**{state}**\n\n{lines}",
            artifact_key("night", environment),
            f"night {night.run} of {environment}",
        )


def regression(night: Night, environment: str) -> None:
    """Tell Prefect's automations that a night made something worse, and what changed."""
    emit_event(
        REGRESSION,
        {
            "prefect.resource.id": f"epos-virt.environment.{environment}",
            "prefect.resource.name": environment,
        },
        payload={"run": night.run, "verdict": night.said, "packages": night.packages_key},
    )
