"""prefect.yaml: deployed to a work pool as Prefect's users do, a worker carries out a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from runs.prefect_server.login import login
from tests.system.lab_of_tests import ROOT
from tests.system.prefect_of_tests import LONGEST, harmless_environment, own_prefect

# The server ends by itself after its last user, so nobody waits for its process.
pytestmark = [
    pytest.mark.docker,
    pytest.mark.filterwarnings(r"ignore:subprocess \d+ is still running:ResourceWarning"),
]
HARMLESS = "image epos/base"  # looks whether this machine's engine has the image; it has
POOL = "epos-virt"


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """Promise the surroundings of a person whose Prefect server knows nothing yet."""
    home = tmp_path / "prefect"
    home.mkdir()
    with own_prefect(home) as url:
        yield os.environ | {
            "PREFECT_API_URL": url,
            "PREFECT_API_AUTH_STRING": login(),
            "PREFECT_LOGGING_LEVEL": "INFO",
            "PWD": str(ROOT),
        }


def prefect(shell: Mapping[str, str], *words: str) -> str:
    """Type a command of Prefect's in the project's folder; gives what it printed."""
    done = subprocess.run(
        [Path(sys.executable).with_name("prefect"), *words],
        cwd=ROOT,
        env=shell,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    assert done.returncode == 0, f"prefect {' '.join(words)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_every_flow_is_deployed_and_a_worker_carries_out_one_after_the_other(
    shell: Mapping[str, str], tmp_path: Path
) -> None:
    prefect(shell, "work-pool", "create", "--type", "process", POOL)
    prefect(shell, "work-pool", "set-concurrency-limit", POOL, "1")
    prefect(shell, "--no-prompt", "deploy", "--all")
    listed = json.loads(prefect(shell, "deployment", "ls", "-o", "json"))
    flows = {path.stem for path in (ROOT / "flows").glob("*.py") if "@flow" in path.read_text()}
    assert len(listed) == len(flows)
    parameters = {"environment": str(harmless_environment(tmp_path)), "only": [HARMLESS]}
    for flow in ("deploy_all/nightly", "compose_up/by-hand"):
        prefect(shell, "deployment", "run", flow, "--params", json.dumps(parameters))
    for carried_out in (1, 2):
        prefect(shell, "worker", "start", "--pool", POOL, "--run-once")
        ended = prefect(shell, "flow-run", "ls", "--state", "Completed", "-o", "json")
        assert len(json.loads(ended)) == carried_out
