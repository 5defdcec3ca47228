"""One lab for all system tests: deployed once, snapshot kept, restored for every later session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LAB = "system-tests"
DEPLOYED = "deployed"  # the snapshot taken after the first deployment
LONGEST = 3000  # seconds for one command: a deployment from nothing


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


def run(*arguments: str | Path, check: bool = True, **environment: str) -> Done:
    """Run a command of the project as a person would, from the project's root."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | environment,
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


def lab(*arguments: str, check: bool = True) -> Done:
    """Use the tests' lab."""
    verb, *rest = arguments
    return run("lab", verb, "--name", LAB, *rest, check=check)


def on_server(*command: str) -> str:
    """Run a command on the tests' server."""
    return lab("ssh", "--", *command).stdout


@pytest.fixture(scope="session")
def environment_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's environment under a name of the tests' own, on their own lab."""
    text = (ROOT / "deployments" / "lab.yaml").read_text()
    text = text.replace("name: lab\n", f"name: {LAB}\n", 1).replace("  lab: lab\n", f"  lab: {LAB}\n")
    text = text.replace("name: epos-lab", f"name: {LAB}-server")
    text = text.replace("../apps/", f"{os.path.relpath(ROOT / 'apps', ROOT / 'deployments')}/")
    path = ROOT / "deployments" / f".{LAB}.yaml"
    path.write_text(text)
    return path


@pytest.fixture(scope="session")
def deployed(environment_file: Path) -> Iterator[dict[str, Any]]:
    """A whole environment that runs and was proved; gives what deploy_all printed.

    Where an earlier session left its snapshot the lab is restored from it and deployed again,
    which changes only what differs; else it is built from nothing.
    """
    if DEPLOYED in [snapshot["name"] for snapshot in lab("status", "-o", "json").json["snapshots"]]:
        lab("restore", DEPLOYED)
    try:
        answer = run("flows.deploy_all", environment_file, "-o", "json").json
        lab("snapshot", DEPLOYED)
        yield answer
    finally:
        lab("down", "--hard", check=False)
        environment_file.unlink(missing_ok=True)


@pytest.fixture
def deploy(deployed: dict[str, Any], environment_file: Path) -> Any:
    """Deploy the environment once more, with further arguments; gives how it ended."""

    def again(*arguments: str, check: bool = True) -> Done:
        return run("flows.deploy_all", environment_file, "-o", "json", *arguments, check=check)

    return again
