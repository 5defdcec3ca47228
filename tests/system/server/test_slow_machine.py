"""A machine that gets two fifths of a processor: everything takes longer, and nothing fails."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deployments.load import load_environment
from state import state_folder
from tests.system.lab_of_tests import lab, on_server, run

pytestmark = [pytest.mark.lab, pytest.mark.docker, pytest.mark.long]
SHARE = 40  # percent of one processor, for QEMU with its two
PARTS = ("compose_up", "run_unikernels", "prove")


@contextmanager
def throttled(pid: int) -> Iterator[None]:
    """Hold a process at its share: cpulimit stops and continues it many times a second."""
    limit = subprocess.Popen(["cpulimit", "--pid", str(pid), "--limit", str(SHARE)])
    try:
        yield
        assert limit.poll() is None, "cpulimit ended before the deployment"
    finally:
        limit.terminate()
        limit.wait()


def test_a_slow_machine_is_deployed_to_and_proved(
    deployed: dict[str, Any], environment_file: Path
) -> None:
    """Containers are stopped, guests are gone with their states, nothing is proved any more."""
    virsh = "virsh -c xen:///system"
    for guest in ("indexGD", "RunQC", "EPOS_Sync_System"):
        on_server(f"{virsh} destroy {guest}; {virsh} undefine {guest}")
    on_server("rm -f /var/lib/epos-virt/states/*")
    containers = load_environment(environment_file).containers
    run("flows.stop", *(app.name for app in containers), "-e", environment_file)
    for known in state_folder("proved").iterdir():
        known.unlink()
    only = [word for part in PARTS for word in ("--only", part)]
    with throttled(lab("status", "-o", "json").json["pid"]):
        done = run("flows.deploy_all", environment_file, *only, "-o", "json").json
    assert {step["state"] for step in done["steps"]} <= {"changed", "unchanged"}
    assert done["proof"]["shown_by_portal"] == done["proof"]["observations"] > 0
    assert done["proof"]["at_gateway"] == done["proof"]["observations"]
