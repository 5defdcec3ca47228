"""Two environments on one server: taking one down takes nothing of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.system.lab_of_tests import LAB, Done, on_server, run
from tests.system.server.deployment_of_tests import WITHOUT_MEASURING

# `long` until it was seen to its end: its last deployment lost libvirt once, which is mended.
pytestmark = [pytest.mark.lab, pytest.mark.docker, pytest.mark.long]
Deploy = Callable[..., Done]
SECOND = f"{LAB}-2"  # its files' names begin as the first one's
GUEST = "dice-of-the-second"
FOLDERS = "/var/lib/epos-virt"


@pytest.fixture
def second(deployed: dict[str, Any], environment_file: Path) -> Iterator[Path]:
    """A second environment on the same server: a unikernel, with a volume of its own."""
    known = yaml.safe_load(environment_file.read_text())
    same = {key: known[key] for key in ("schema", "server", "hypervisor", "network")}
    dice = {
        "name": GUEST,
        "source": "../tests/fixtures/dice",
        "technique": "unikernel",
        "address": "10.0.7.231",
        "memory": "48 MiB",
        "start": "restored",
    }
    storage = {
        "group": known["storage"]["group"],
        "volumes": [{"name": "second", "size": "4 MiB"}],
    }
    path = environment_file.with_name(".second.yaml")
    path.write_text(
        yaml.safe_dump({**same, "name": SECOND, "storage": storage, "applications": [dice]})
    )
    try:
        yield path
    finally:
        run("flows.teardown", path, "--data", "--yes", check=False)
        path.unlink()


def on_the_server() -> set[str]:
    """Name files, guests and volumes that are kept on the server."""
    files = on_server("find", FOLDERS, "-type", "f").split()
    guests = on_server("virsh", "-c", "xen:///system", "list", "--name").split()
    return {*files, *guests, *on_server("lvs", "--noheadings", "-o", "lv_name").split()}


def filters() -> set[str]:
    """Name the packet filters that are loaded on the server."""
    return {line.split()[-1] for line in on_server("nft", "list", "tables", "bridge").splitlines()}


def test_each_is_deployed_and_taken_down_beside_the_other(
    deploy: Deploy, environment_file: Path, second: Path
) -> None:
    before = on_the_server()
    done = run("flows.deploy_all", second, *WITHOUT_MEASURING).json
    assert done["proof"] == {"answered": 1}
    both = on_the_server()
    assert both > before, "the second deployment removes nothing of the first"
    theirs = both - before
    assert {GUEST, "second"} < theirs
    assert any(name.endswith(f"-{GUEST}.state") for name in theirs)
    assert deploy().json["changed"] == 0
    assert filters() == {f"epos-virt-{LAB}", f"epos-virt-{SECOND}"}

    plan = run("flows.teardown", environment_file, "--plan", "-o", "json").json
    actions = [action for row in plan for action in row["actions"]]
    assert not [action for action in actions if "vmCentOS1" in action and "lvremove" in action]
    run("flows.teardown", environment_file, "--yes")
    left = on_the_server()
    assert theirs < left, "nothing of the second goes with the first"
    assert "vmCentOS1" in left, "what may hold data stays"
    assert filters() == {f"epos-virt-{SECOND}"}
    assert left & before <= {"Domain-0", "root", "home", "swap", "vmCentOS1"}
    assert run("flows.deploy_all", second, *WITHOUT_MEASURING).json["changed"] == 0

    run("flows.teardown", second, "--yes")
    assert on_the_server() & theirs == {"second"}, "what may hold data stays"
    again = deploy().json
    assert again["proof"]["inserted"] == 0, "rows in the database survive"
    assert before <= on_the_server()
