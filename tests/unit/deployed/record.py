"""Record anew what a plan compares with what a server holds.

`python -m tests.unit.deployed.record`, only where what was deployed before is meant to be made
again.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from deployments.load import load_environment
from tests.unit.deployed.held import FIXTURE, Held, copied, held_of_any, held_of_fixture

COMMAND = "python -m tests.unit.deployed.record"
LAB = Path(__file__).parents[3] / "deployments" / "lab.yaml"


def held(folder: Path) -> dict[str, Held]:
    """Give what is held, by the name of the file that it is recorded in."""
    return {
        "lab": held_of_any(load_environment(LAB), folder),
        "fixture": held_of_fixture(load_environment(copied(folder)), folder),
    }


def recorded(name: str) -> Path:
    """Give the file that it is recorded in."""
    return FIXTURE.parent / "deployed_before" / f"{name}.json"


def as_read(one: Held) -> Held:
    """Give it as it is read back: JSON has lists only."""
    found: Held = json.loads(json.dumps(one))
    return found


def main() -> None:
    """Record it."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["EPOS_VIRT_STATE"] = scratch  # no list of packages is in use there
        for name, one in held(Path(scratch)).items():
            recorded(name).parent.mkdir(exist_ok=True)
            recorded(name).write_text(json.dumps(one, indent=1) + "\n")


if __name__ == "__main__":
    main()
