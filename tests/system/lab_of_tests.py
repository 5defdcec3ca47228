"""Running the project's commands as a person would, on the tests' own lab."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LAB = "lab"  # as in deployments/lab.yaml, in the tests' own state folder
LONGEST = 5400  # seconds for one command: a deployment from nothing


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Its standard output as JSON."""
        return json.loads(self.stdout)


def run(
    *arguments: str | Path, check: bool = True, environment: Mapping[str, str] | None = None
) -> Done:
    """Run a command of the project as a person would, from the project's root."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    if check and done.returncode:
        pytest.fail(
            f"{' '.join(map(str, arguments))} ended with {done.returncode}\n"
            f"{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
        )
    return Done(done.returncode, done.stdout, done.stderr)


def lab(*arguments: str, check: bool = True, environment: Mapping[str, str] | None = None) -> Done:
    """Use the tests' lab."""
    verb, *rest = arguments
    return run("lab", verb, "--name", LAB, *rest, check=check, environment=environment)


def on_server(*command: str) -> str:
    """Run a command on the tests' server."""
    return lab("ssh", "--", *command).stdout
