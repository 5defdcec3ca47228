"""How far a run is, as Prefect's UI shows it: a bar, under a key of the environment's own."""

from __future__ import annotations

import math
import time
from typing import cast
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from flows.shown.kept import artifact_key, kept

EVERY = 5.0  # seconds: each call of the API costs a run with nothing to do


class KeptProgress:
    """Keeps a run's progress as the artifact `progress-ENVIRONMENT`, in percent of its steps."""

    def __init__(self, environment: str) -> None:
        """Begin a run of the environment of that name; is called within its flow."""
        self._key = artifact_key("progress", environment)
        self._artifact: UUID | None = None
        self._kept = -math.inf

    def __call__(self, ended: int, steps: int) -> None:
        """Take note that so many of the steps have ended; the last one is always shown."""
        if ended < steps and time.monotonic() - self._kept < EVERY:
            return
        percent, said = 100 * ended / steps, f"{ended} of {steps} steps"
        with kept():
            if self._artifact is None:
                self._artifact = cast(UUID, create_progress_artifact(percent, self._key, said))
            else:
                update_progress_artifact(self._artifact, percent, said)
        self._kept = time.monotonic()
