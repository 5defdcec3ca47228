"""Prefect may load a flow's file as a script: its folder is then the first place of all imports."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
FLOWS = PROJECT / "flows"


def names_in(folder: Path) -> set[str]:
    """The modules and packages that a folder on the path offers."""
    files = {file.stem for file in folder.glob("*.py")}
    return (files | {file.parent.name for file in folder.glob("*/*.py")}) - {"__init__"}


def test_no_name_in_flows_hides_a_package() -> None:
    ours = names_in(PROJECT)
    assert {"history", "deployments", "errors"} <= ours
    everybodys = ours | set(packages_distributions()) | sys.stdlib_module_names
    assert names_in(FLOWS) & everybodys == set()


IN_COMMANDS = (
    *("history", "ps", "report", "recommend", "open", "start", "stop", "rm"),
    *("serve", "register_blocks"),
)


@pytest.fixture(scope="module")
def origins() -> dict[str, Path]:
    """Where a new process finds each of them as a module of flows."""
    code = (
        "import importlib.util, sys, flows\n"
        "for name in sys.argv[1:]: print(importlib.util.find_spec(f'flows.{name}').origin)"
    )
    command = [sys.executable, "-c", code, *IN_COMMANDS]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    return dict(zip(IN_COMMANDS, map(Path, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", IN_COMMANDS)
def test_what_lies_in_commands_is_still_called_as_flows(
    name: str, origins: dict[str, Path]
) -> None:
    commands = PROJECT / "commands"
    assert origins[name] in (commands / f"{name}.py", commands / name / "__init__.py")


def test_importing_flows_sets_prefects_settings_before_prefect_is_there(own_state: Path) -> None:
    code = (
        "import sys, os, flows; assert 'prefect' not in sys.modules; "
        "print(os.environ['PREFECT_HOME'])"
    )
    clean = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(own_state / "prefect")


def test_every_flow_is_a_prefect_flow_by_its_modules_name(own_state: Path) -> None:
    code = """
import flows
from prefect.flows import Flow, load_flow_from_entrypoint
names = "deploy_all prepare_host create_domu compose_up run_unikernels measure".split()
names += ["plan", "teardown"]
for name in names:
    flow = load_flow_from_entrypoint(f"flows.{name}.{name}")
    assert isinstance(flow, Flow) and flow.name == name
"""
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
