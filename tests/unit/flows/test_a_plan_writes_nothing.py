"""A plan needs no state folder that can be written, not even one that is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import LONGEST

PROJECT = Path(__file__).parents[3]
# $0 and below are read-only for a command and what it starts; root heeds no permission bits.
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


def planned(flow: str, read_only: Path, state: Path) -> subprocess.CompletedProcess[str]:
    """Plan a flow on the lab's environment, in a state folder that takes no writes."""
    read_only.mkdir(mode=0o500)
    command = [sys.executable, "-m", f"flows.{flow}", "--plan", "-o", "json"]
    if os.geteuid() == 0:
        command = ["unshare", "--mount", "sh", "-c", READ_ONLY, str(read_only), *command]
    nowhere = {"EPOS_VIRT_STATE": str(state), "DOCKER_HOST": f"unix://{read_only}/none"}
    return subprocess.run(
        command,
        cwd=PROJECT,
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )


@pytest.mark.parametrize("flow", ["deploy_all", "rebuild_and_measure"])
@pytest.mark.parametrize("below", ["", "not/there"], ids=["empty", "missing"])
def test_what_is_not_there_is_planned_without_a_write(
    tmp_path: Path, flow: str, below: str
) -> None:
    done = planned(flow, tmp_path / "state", tmp_path / "state" / below)
    assert done.returncode == 0, done.stderr
    rows = {row["step"]: row for row in json.loads(done.stdout)}
    assert rows["lab lab"]["actions"] == ["python -m lab up --name lab"]
    assert rows["unikernel-image indexGD"]["actions"] == ["build with toolchain linux"]
    assert rows["image epos/base"]["reason"] == "known once a Docker engine of this machine is made"
    assert rows["unikernel indexGD"]["state"] == "after"
    assert list((tmp_path / "state").iterdir()) == []


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = planned("deploy_all", tmp_path / "state", tmp_path / "file" / "below")
    assert done.returncode == 2
    assert f"the state folder {tmp_path}/file/below cannot be used" in done.stderr
    assert "Not a directory" in done.stderr
