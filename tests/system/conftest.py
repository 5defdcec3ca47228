"""One lab for all system tests: deployed once, snapshot kept, restored for every later session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.lab_of_tests import LAB, ROOT, Done, lab, run

DEPLOYED = "deployed"  # the snapshot taken after the first deployment


@pytest.fixture(scope="session")
def environment_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lab's environment under a name of the tests' own, on their own lab."""
    text = (ROOT / "deployments" / "lab.yaml").read_text()
    text = text.replace("name: lab\n", f"name: {LAB}\n", 1).replace(
        "  lab: lab\n", f"  lab: {LAB}\n"
    )
    text = text.replace("name: epos-lab", f"name: {LAB}-server")
    text = text.replace("../apps/", f"{os.path.relpath(ROOT / 'apps', ROOT / 'deployments')}/")
    path = ROOT / "deployments" / f".{LAB}.yaml"
    path.write_text(text)
    return path


@pytest.fixture(scope="session")
def deployed(environment_file: Path) -> Iterator[dict[str, Any]]:
    """A whole environment that runs and was proved; gives what deploy_all printed.

    Where an earlier session left its snapshot the lab is restored from it and deployed again,
    which changes only what differs; else it is built from nothing.
    """
    if DEPLOYED in [snapshot["name"] for snapshot in lab("status", "-o", "json").json["snapshots"]]:
        lab("restore", DEPLOYED)
    try:
        answer = run("flows.deploy_all", environment_file, "-o", "json").json
        lab("snapshot", DEPLOYED)
        yield answer
    finally:
        lab("down", "--hard", check=False)
        environment_file.unlink(missing_ok=True)


@pytest.fixture
def deploy(deployed: dict[str, Any], environment_file: Path) -> Any:
    """Deploy the environment once more, with further arguments; gives how it ended."""

    def again(*arguments: str, check: bool = True) -> Done:
        return run("flows.deploy_all", environment_file, "-o", "json", *arguments, check=check)

    return again
