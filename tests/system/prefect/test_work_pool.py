"""prefect.yaml: deployed to a work pool as Prefect's users do, a worker carries out a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client

from commands import serve
from commands.serve import offering
from deployments.load import load_environment
from runs.prefect_server.login import login
from tests.patience import LONGEST
from tests.system.lab_of_tests import ROOT
from tests.system.prefect.prefect_of_tests import harmless_environment, own_prefect

# The server ends by itself after its last user, so nobody waits for its process.
pytestmark = [
    pytest.mark.docker,
    pytest.mark.filterwarnings(r"ignore:subprocess \d+ is still running:ResourceWarning"),
]
HARMLESS = "image epos/base"  # looks whether this machine's engine has the image; it has
POOL = "epos-virt"
LAB = ROOT / "deployments" / "lab.yaml"


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


def registered() -> dict[str, Any]:
    """Give what the server knows of each deployment, by the names of flow and deployment."""
    with get_client(sync_client=True) as client:
        flows = {flow.id: flow.name for flow in client.read_flows()}
        found = client.read_deployments()
    return {
        f"{flows[one.flow_id]}/{one.name}": {
            "entrypoint": one.entrypoint,
            "tags": sorted(one.tags),
            "parameters": one.parameters,
            "limit": one.global_concurrency_limit,
            "cron": [getattr(when.schedule, "cron", "") for when in one.schedules],
        }
        for one in found
    }


def offered_by_serve() -> dict[str, Any]:
    """Give the same of what flows.serve would register."""
    found = offering.deployments(serve.parser().parse_args([]), load_environment(LAB))
    return {
        f"{one.flow_name}/{one.name}": {
            "entrypoint": one.entrypoint,
            "tags": sorted(one.tags),
            "parameters": one.parameters,
            "limit": one.concurrency_limit,
            "cron": [getattr(when.schedule, "cron", "") for when in one.schedules or []],
        }
        for one in found
    }


def test_every_flow_is_deployed_and_a_worker_carries_out_one_after_the_other(
    shell: Mapping[str, str], tmp_path: Path
) -> None:
    prefect(shell, "work-pool", "create", "--type", "process", POOL)
    prefect(shell, "work-pool", "set-concurrency-limit", POOL, "1")
    prefect(shell, "--no-prompt", "deploy", "--all")
    assert registered() == offered_by_serve()
    parameters = {"environment": str(harmless_environment(tmp_path)), "only": [HARMLESS]}
    for flow in ("deploy_all/deploy", "compose_up/on-demand"):
        prefect(shell, "deployment", "run", flow, "--params", json.dumps(parameters))
    for carried_out in (1, 2):
        prefect(shell, "worker", "start", "--pool", POOL, "--run-once")
        ended = prefect(shell, "flow-run", "ls", "--state", "Completed", "-o", "json")
        assert len(json.loads(ended)) == carried_out
