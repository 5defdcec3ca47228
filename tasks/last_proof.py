"""What was proved last, and that nothing was started or changed since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deployments.model import Environment
from state import replace_text, state_folder, state_place

PROVED = "proved"  # folder of the state


def proved(environment: Environment) -> dict[str, Any] | None:
    """Give what the last proof saw; None where something was started or changed after it."""
    try:
        found = json.loads(_path(environment).read_text())
    except (OSError, ValueError):  # none yet, or cut off
        return None
    return found if isinstance(found, dict) and found else None


def keep_proof(environment: Environment, seen: dict[str, Any]) -> None:
    """Note what a proof saw."""
    state_folder(PROVED)
    replace_text(_path(environment), json.dumps(seen))


def forget_proof(environment: Environment) -> None:
    """Something is about to be started or changed: the next proof goes through everything."""
    _path(environment).unlink(missing_ok=True)


def _path(environment: Environment) -> Path:
    return state_place(PROVED) / f"{environment.name}.json"
