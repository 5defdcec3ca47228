"""Commands as a person starts them, and the modules each imported.

As a program it runs many in one process, one after the other: starting Python fifty times would
take longer than all else. It reads a list of calls from standard input and prints what became of
each. What a call imports is what was not there before it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.patience import LONGEST

PROJECT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Call:
    """`python -m MODULE ARGUMENTS`."""

    module: str
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ended:
    """How a call ended."""

    status: int
    stdout: str
    stderr: str
    imported: frozenset[str]


def start(calls: Sequence[Call], state: Path, cwd: Path = PROJECT) -> list[Ended]:
    """Run the calls in one new process, which has imported nothing of the project yet."""
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps([asdict(call) for call in calls]),
        cwd=cwd,
        env=os.environ
        | {"EPOS_VIRT_STATE": str(state), "COLUMNS": "100", "PYTHONPATH": _path(PROJECT)},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=True,
    )
    return [
        Ended(one["status"], one["stdout"], one["stderr"], frozenset(one["imported"]))
        for one in json.loads(done.stdout)
    ]


def _path(project: Path) -> str:
    return os.pathsep.join(filter(None, [str(project), os.environ.get("PYTHONPATH")]))


def _run(module: str, arguments: Sequence[str], environment: dict[str, str]) -> dict[str, object]:
    before = set(sys.modules)
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["", *arguments]
    os.environ.update(environment)
    status: object = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            status = ended.code
    for name in environment:
        del os.environ[name]
    return {
        "status": status or 0,
        "stdout": out.getvalue(),
        "stderr": err.getvalue(),
        "imported": sorted(set(sys.modules) - before),
    }


if __name__ == "__main__":
    os._exit = sys.exit  # type: ignore[assignment]  # how completion ends
    sys.path.remove(str(Path(__file__).parent))
    results = [_run(**call) for call in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(results))
