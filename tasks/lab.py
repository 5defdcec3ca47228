"""The embedded lab as the environment's server: used through its command line only."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from blocks.connection import SshTarget
from errors import EposVirtError
from runs.step import Action, Plan, Step, change, nothing

ROOT = Path(__file__).parent.parent


def lab_step(name: str, say: Callable[[str], None]) -> Step:
    """Build the lab where it is missing and start it where it is down."""

    def plan() -> Plan:
        state = lab_status(name)
        if state["state"] == "up":
            return nothing(f"lab {name} is up ({state['accelerator']})")
        return change(
            f"lab {name} is {state['state']}",
            Action(f"python -m lab up --name {name}", lambda: start_lab(name, say)),
        )

    return Step(f"lab {name}", "prepare_host", "this machine", plan)


def lab_status(name: str) -> dict[str, Any]:
    """Ask the lab how it is; see `python -m lab status --help` for the keys."""
    answer = _lab("status", "--name", name, "-o", "json")
    status: dict[str, Any] = json.loads(answer)
    return status


def lab_host(name: str) -> SshTarget:
    """Give the SSH address and keys of a running lab.

    Raises:
        EposVirtError: it is not up.
    """
    status = lab_status(name)
    if status["state"] != "up":
        raise EposVirtError(
            f"lab {name} is {status['state']}",
            remedy=f"python -m lab up --name {name}, or python -m flows.deploy_all",
        )
    ssh = status["ssh"]
    return SshTarget(
        name=f"lab {name}",
        host=ssh["host"],
        port=ssh["port"],
        user=ssh["user"],
        key=Path(ssh["key"]),
        known_hosts=Path(ssh["known_hosts"]),
    )


def start_lab(name: str, say: Callable[[str], None]) -> None:
    """Build and start the lab; its progress is passed on line by line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lab", "up", "--name", name],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line.rstrip())
        say(lines[-1])
    if process.wait():
        raise EposVirtError(
            f"lab {name} did not start",
            seen="\n".join(lines[-12:]),
            remedy=f"python -m lab console --name {name} shows how far it came",
        )


def _lab(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "lab", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise EposVirtError(
            f"python -m lab {' '.join(arguments)} ended with status {done.returncode}",
            seen=done.stderr.strip(),
            remedy="run it by hand; it says what is wrong",
        )
    return done.stdout
