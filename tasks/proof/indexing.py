"""The proof's first part: indexGD reads the archive and sends it to FWSS, in its own time."""

from __future__ import annotations

import time
from typing import Any

from deployments.model import Application
from runs.patience import stretched
from runs.telling import tell
from runs.wait import wait_until
from tasks.proof.requests import REACHED_WITHIN, WITHIN, Asking, wrong

EVERY = 2.0  # seconds between two looks at a run


def index_archive(asking: Asking, index: Application) -> dict[str, Any]:
    """Start a run of indexGD, or join the one under way, and give what became of the files.

    A run that is gone with its guest, or that found no FWSS yet, is begun again: what was sent
    is not read again.

    Raises:
        EposVirtError: it fails again and again, gets no further, or files could not be read.
    """
    run: dict[str, Any] = {}
    went_well = time.monotonic()

    def look() -> dict[str, Any] | None:
        nonlocal run, went_well
        under_way = run.get("state") == "running"
        run = asking.json(index, "/index", method="GET" if under_way else "POST")
        if run["state"] == "failed":
            if time.monotonic() - went_well > stretched(REACHED_WITHIN):
                raise wrong(index.name, "could not index the archive", run["error"])
            raise OSError(run["error"])
        if under_way:
            went_well = time.monotonic()
            tell(f"{index.name}: {run.get('found', 0)} files found, {run.get('read', 0)} read")
        return run if run["state"] == "done" else None

    done = wait_until(
        look,
        what=f"the end of {index.name}'s run",
        within=WITHIN,
        every=EVERY,
        remedy=f"python -m flows.logs {index.name} shows what it printed",
        progress=lambda: (run.get("seen"), run.get("read")),
    )
    if done["errors"]:
        raise wrong(index.name, "could not read files", done["errors"])
    return done
