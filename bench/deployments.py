"""Deploy the same environment with two versions of this project, one after the other, and compare.

Each side has a folder and a state of its own, with nothing in it: its first deployment is a cold
one, from nothing to the table of figures; the further ones find nothing to change. Debian's
packages are there on both sides; .venv is made first and not timed. Takes an hour or two.

  python -m bench.deployments --against HEAD~20              # cold, then three unchanged ones
  python -m bench.deployments --against v1 --skip measure    # to the proof only
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from commands.command import guarded
from errors import EposVirtError

ROOT = Path(__file__).parent.parent


@dataclass
class Side:
    """One version: its folder, its state, what its deployments took, in seconds."""

    name: str
    folder: Path
    arguments: list[str]
    proof: float = 0.0
    cold: float = 0.0
    unchanged: list[float] = field(default_factory=list)

    def run(self, *command: str) -> str:
        """Run one of its commands; gives its standard output."""
        state = self.folder.with_suffix(".state")
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | {"EPOS_VIRT_STATE": str(state)},
            stdout=subprocess.PIPE,
            text=True,
        )
        if done.returncode:
            raise EposVirtError(
                f"{self.name}: {' '.join(command)} ended with status {done.returncode}",
                remedy=f"what it said is above; its state is in {state}",
            )
        return done.stdout

    def deploy(self) -> float:
        """Deploy once; gives the seconds that the command took."""
        began = datetime.now()
        self.run(".venv/bin/python", "-m", "flows.deploy_all", *self.arguments)
        return (datetime.now() - began).total_seconds()

    def seconds_to_proof(self) -> float:
        """Give how long its last run took to the end of the proof, by its own history."""
        python = (".venv/bin/python", "-m", "flows.history", "show", "last", "-o", "json")
        run = json.loads(self.run(*python))
        [ended] = [step["ended"] for step in run["steps"] if step["step"] == "proof"]
        return (moment(ended) - moment(run["started"])).total_seconds()


def main() -> int:
    """Run it; gives the exit status."""
    options = argparse.ArgumentParser(
        prog="python -m bench.deployments",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--against", required=True, metavar="COMMIT", help="the older version")
    options.add_argument("--again", type=int, default=3, help="unchanged deployments of each")
    options.add_argument("--skip", action="append", default=[], help="passed on to deploy_all")
    options.add_argument("--folder", type=Path, help="where to work; by default a temporary one")
    asked = options.parse_args()

    def work() -> int:
        with tempfile.TemporaryDirectory(dir=asked.folder) as scratch:
            further = [word for step in asked.skip for word in ("--skip", step)]
            old = checked_out("old", asked.against, Path(scratch), further)
            new = checked_out("new", "HEAD", Path(scratch), further)
            for side in (old, new):
                compare_alone(side, asked.again)
            sys.stdout.write(table(old, new))
        return 0

    return guarded(work)


def checked_out(name: str, commit: str, scratch: Path, arguments: list[str]) -> Side:
    """Check a version out beside the other, with the data that environments name."""
    folder = scratch / name
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    found = subprocess.run(
        ["git", "rev-parse", commit], cwd=ROOT, check=True, capture_output=True, text=True
    )
    subprocess.run(["git", "checkout", "--quiet", found.stdout.strip()], cwd=folder, check=True)
    shared = scratch / "shared"
    if not shared.exists() and (ROOT.parent / "shared").is_dir():
        shared.symlink_to(ROOT.parent / "shared")
    side = Side(name, folder, arguments)
    side.run("script/bootstrap")
    return side


def compare_alone(side: Side, again: int) -> None:
    """Deploy one side from nothing and again, with nothing else running; then end its lab."""
    try:
        side.cold = side.deploy()
        side.proof = side.seconds_to_proof()
        side.unchanged = [side.deploy() for _ in range(again)]
    finally:
        side.run(".venv/bin/python", "-m", "lab", "down", "--hard")


def moment(text: str) -> datetime:
    """Read a time of the history."""
    return datetime.fromisoformat(text)


def table(old: Side, new: Side) -> str:
    """Give what each took, seconds, and the ratio."""
    rows = [("to the proof", old.proof, new.proof), ("whole", old.cold, new.cold)]
    if old.unchanged and new.unchanged:
        medians = [statistics.median(side.unchanged) for side in (old, new)]
        rows.append(("nothing changed", medians[0], medians[1]))
    lines = [f"{'seconds':16} {'old':>8} {'new':>8} {'ratio':>6}"]
    lines += [f"{what:16} {a:8.1f} {b:8.1f} {b / a:6.2f}" for what, a, b in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
