"""A run killed while it measures: the next deployment removes what was left, and restarts no more.

Where it is killed is chosen by the progress that it tells. Kills are put together where one
deployment proves several.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runs.wait import wait_until
from state import state_folder
from tests.patience import LONGEST
from tests.system.lab_of_tests import LAB, ROOT, Done, on_server, run

pytestmark = [pytest.mark.lab, pytest.mark.docker, pytest.mark.long]
Deploy = Callable[..., Done]
DOMU = "centos7-VM"
LEFTOVERS = {"leftovers", f"leftovers {DOMU}"}
TEMPORARY = "epos-virt.temporary"


@pytest.fixture
def not_measured(deployed: dict[str, Any]) -> Iterator[None]:
    """Promise a deployment of which nothing is known to be measured, also after the test."""
    path = state_folder("measured") / f"{LAB}.json"
    path.unlink(missing_ok=True)
    yield
    path.unlink(missing_ok=True)


def measure_until(
    environment_file: Path,
    subject: str,
    told: str,
    *,
    number: int = signal.SIGKILL,
    once: Callable[[], bool] = lambda: True,
) -> Done:
    """Measure one subject, and send the run a signal.

    Args:
        environment_file: the environment.
        subject: what is measured.
        told: it is sent as soon as the run tells a line that this fits,
        number: the signal,
        once: and this is true.
    """
    command = ["flows.measure", str(environment_file), "--only", f"measure {subject}"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # 01:38:02   measure RunQC: 22 MiB: does not answer
    fits = re.compile(rf"^\S+   measure {re.escape(subject)}: {told}")
    assert process.stderr is not None
    seen: list[str] = []
    for line in process.stderr:
        seen.append(line)
        if fits.match(line):
            wait_until(once, what=f"{subject} as it is to be left", within=LONGEST, remedy="")
            process.send_signal(number)
            break
    stdout, rest = process.communicate()
    assert fits.match(seen[-1]), f"it ended before it told {told}:\n{''.join(seen[-40:])}"
    return Done(process.returncode, stdout, "".join(seen) + rest)


def changed(done: Done) -> set[str]:
    """Give the steps that changed something."""
    return {step["step"] for step in done.json["steps"] if step["changed"]}


def runs_temporarily() -> bool:
    """Tell whether RunQC runs as it is not defined."""
    return "temporary=" in on_server("virsh", "-c", "xen:///system", "dumpxml", "RunQC")


def nothing_is_left() -> bool:
    """Tell that neither hypervisor, files nor programs of the server know of a measurement."""
    guests = on_server("virsh", "-c", "xen:///system", "list", "--all", "--name").split()
    known = "".join(on_server("virsh", "-c", "xen:///system", "dumpxml", guest) for guest in guests)
    files = on_server("find", "/var/lib/epos-virt", "-path", "*/temporary/*/*")
    # The bracket keeps pgrep, and the shell of SSH, from finding themselves.
    programs = on_server("sh", "-c", f"pgrep -f '[e]{TEMPORARY[1:]}' || true")
    return "temporary=" not in known and files == programs == ""


def test_the_floors_and_a_unikernel_with_too_little_memory(
    deploy: Deploy, environment_file: Path, not_measured: None
) -> None:
    measure_until(environment_file, "null-guest", "start 1 of 5: gone")
    measure_until(environment_file, "empty-container", "start 1 of 5: ended")
    measure_until(environment_file, "RunQC", "toolchain linux", once=runs_temporarily)
    planned = deploy("--plan").json
    told = "".join(str(row["actions"]) for row in planned if row["step"] in LEFTOVERS)
    assert "null-guest" in told
    assert "epos/empty-container" in told
    if runs_temporarily():  # with so little memory it may have ended by itself
        assert "RunQC, which runs as it was measured" in told
    assert changed(deploy()) == {*LEFTOVERS, "unikernel RunQC"}
    assert nothing_is_left()


def test_the_starts_of_a_unikernel_and_of_a_container(
    deploy: Deploy, environment_file: Path, not_measured: None
) -> None:
    measure_until(environment_file, "RunQC", "start 2 of 5$")
    measure_until(environment_file, "FWSS", "start 1 of 5$")
    assert changed(deploy()) <= {"unikernel RunQC", f"compose {DOMU}"}
    assert nothing_is_left()


def test_a_direct_start_and_the_starts_of_a_domu(
    deploy: Deploy, environment_file: Path, not_measured: None
) -> None:
    measure_until(environment_file, "RunQC", "start 1 of 5 without a guest")
    measure_until(environment_file, DOMU, "start 1 of 5$")
    # Its containers stopped with it, and may take long to come back.
    assert changed(deploy()) <= {"leftovers", f"domu {DOMU}", f"compose {DOMU}"}
    assert nothing_is_left()


def test_a_restored_start_and_then_an_end_in_order(
    deploy: Deploy, environment_file: Path, not_measured: None
) -> None:
    measure_until(environment_file, "indexGD", "start 5 of 5 without a guest")
    assert changed(deploy()) <= {"leftovers", "unikernel indexGD"}
    assert nothing_is_left()
    ended = measure_until(environment_file, "RunQC", "start 2 of 5$", number=signal.SIGTERM)
    assert (ended.status, ended.stdout) == (130, "")
    assert "Traceback" not in ended.stderr
    assert "roken pipe" not in ended.stderr
    [last] = run("flows.history", "list", "--limit", "1", "-o", "json").json
    assert last["state"] == "cancelled"
    assert nothing_is_left(), "what it made is removed"
    assert changed(deploy()) == set(), "what it stopped runs again"
