"""A plan where nothing can be written: neither this machine's state nor the server's disks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from state import state_folder
from tests.system.lab_of_tests import LAB, ROOT, Done, on_server, run

pytestmark = [pytest.mark.docker, pytest.mark.lab]

# $0 and below are read-only for a command and what it starts, and for nobody else.
READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
KEYS = "/root/.ssh/authorized_keys"
REFUSING = "/run/refuses-writes"  # in memory, as all of /run: it can be taken away again
EACH_COMMAND = """\
#!/bin/sh
# What SSH starts here: while REFUSING is there, with every disk read-only.
asked="${SSH_ORIGINAL_COMMAND:-exec sh}"
[ -e REFUSING ] || exec sh -c "$asked"
disks=$(awk '$1 ~ "^/dev/" { print $2 }' /proc/mounts)
exec unshare --mount sh -c '
    for disk in $0; do mount -o remount,bind,ro "$disk" || exit 99; done
    exec sh -c "$1"' "$disks" "$asked"
""".replace("REFUSING", REFUSING)


def planned_without_writing(*arguments: str) -> Done:
    """Plan a deployment with a state folder that takes no writes."""
    command = [sys.executable, "-m", "flows.deploy_all", "--plan", "-o", "json", *arguments]
    guarded = ["unshare", "--mount", "sh", "-c", READ_ONLY, str(state_folder()), *command]
    done = subprocess.run(guarded, cwd=ROOT, capture_output=True, text=True)
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def server_that_refuses_writes() -> Iterator[None]:
    """Have every command that comes over SSH run with read-only disks while the block runs."""
    program = "/usr/local/sbin/each-command"
    on_server(f"cat > {program} <<'END'\n{EACH_COMMAND}END\nchmod 755 {program}")
    on_server("cp", "-p", KEYS, f"{KEYS}.before")
    on_server("sed", "-i", f's|^ssh-|command="{program}" ssh-|', KEYS)
    try:
        on_server("touch", REFUSING)
        refused = subprocess_on_server("touch /root/written /var/lib/written")
        assert refused.returncode and refused.stderr.count("Read-only file system") == 2
        yield
    finally:
        on_server("rm", "-f", REFUSING)
        on_server("mv", f"{KEYS}.before", KEYS)


def subprocess_on_server(command: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the server that may fail."""
    lab = [sys.executable, "-m", "lab", "ssh", "--name", LAB, "--", command]
    return subprocess.run(lab, cwd=ROOT, capture_output=True, text=True)


def test_a_plan_of_what_stands_needs_to_write_nothing(
    deployed: dict[str, Any], environment_file: Path
) -> None:
    with server_that_refuses_writes():
        done = planned_without_writing(
            str(environment_file), "--skip", "measure", "--detailed-exitcode"
        )
    assert done.status == 0, done.stderr
    rows = {row["step"]: row["state"] for row in done.json}
    assert set(rows.values()) <= {"same", "always"}
    assert {"hypervisor", "compose centos7-VM", "unikernel indexGD", "proof"} <= set(rows)


def test_a_plan_of_what_is_not_there_makes_none_of_it(
    tmp_path: Path, environment_file: Path
) -> None:
    nowhere = {"EPOS_VIRT_STATE": str(tmp_path), "DOCKER_HOST": f"unix://{tmp_path}/none"}
    command = ("flows.deploy_all", environment_file, "--plan", "-o", "json")
    done = run(*command, environment=os.environ | nowhere)
    rows = {row["step"]: row for row in done.json}
    assert rows["lab lab"]["state"] == "change"
    assert rows["image epos/base"]["reason"] == "known once a Docker engine of this machine is made"
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == []
