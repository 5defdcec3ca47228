"""Blocks are for Prefect's users: what the project itself talks through imports no Prefect."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize("module", ["blocks.connections", "blocks.engine", "blocks.libvirtd"])
def test_connections_import_no_prefect(module: str) -> None:
    code = f"import sys, {module}; print('prefect' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_a_block_of_a_machine_leads_to_the_same_machine(own_state: Path) -> None:
    code = """
from pathlib import Path
import flows
from blocks.connection import SshTarget
from blocks.ssh_host import SshHost
files = (Path("/key"), Path("/known_hosts"))
outer = SshTarget("a", "a", 22, "me", *files)
gate = SshTarget("b", "b", 22, "me", *files, through=outer)
target = SshTarget("xen1", "10.0.7.100", 2222, "root", *files, through=gate)
assert SshHost.of(target).connect().target == target
"""
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
