"""The same application in another technique: what of its entry stays, and what does not."""

from __future__ import annotations

from typing import Any

from deployments.guest import Application, Technique

# What an entry says for its own technique only; the model's defaults are those of another.
OF_ITS_TECHNIQUE = ("domu", "toolchain", "type", "vcpus", "start")


def as_technique(
    application: Application, technique: Technique, *, domu: str | None = None, **other: Any
) -> Application:
    """Give an application's entry with another technique.

    Args:
        application: as the environment has it.
        technique: what shall run it.
        domu: for containers, the domU whose engine runs it.
        other: further fields that differ, such as name and address.
    """
    kept = application.model_dump(exclude={*OF_ITS_TECHNIQUE, "technique"})
    domus = {"domu": domu} if technique == "container" else {}
    return Application.model_validate({**kept, "technique": technique, **domus, **other})
