"""The main job, end to end on a real Xen: deployed, deployed again, broken, rebooted, torn down."""

from __future__ import annotations

import base64
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployments.load import load_environment
from flows.session import open_session
from state import state_folder
from tasks.database.server import DatabaseServer
from tests.patience import LONGEST
from tests.system.lab_of_tests import LAB, ROOT, Done, lab, on_server, run
from tests.system.server.deployment_of_tests import WITHOUT_MEASURING

pytestmark = [pytest.mark.lab, pytest.mark.docker]
MENDED = "unikernel indexGD"
UNIKERNELS = ("indexGD", "RunQC", "EPOS_Sync_System")
PARTS = ("toolstack", "boot", "listening", "answering")
Deploy = Callable[..., Done]


def running_domains() -> dict[str, str]:
    """Give the guests that run and their Xen ids: a restarted one has a new id."""
    lines = on_server("xl", "list").splitlines()[1:]
    return {line.split()[0]: line.split()[1] for line in lines}


def test_files_went_through_every_application(deployed: dict[str, Any]) -> None:
    proof = deployed["proof"]
    assert proof["files"] > 0
    assert proof["shown_by_portal"] == proof["observations"] > 0
    assert proof["others"] == 2  # the web client and NodeManager answer for themselves
    assert proof["signals"] >= proof["signals_against_truth"]
    assert proof["at_gateway"] == proof["observations"]


@pytest.mark.parametrize(
    ("name", "path", "shows"),
    [
        ("Products_Portal", "/health", '"status":"ok"'),
        ("GLASS-web-client", "/", "GNSS stations"),
        ("NodeManager", "/api/nodes", "EPOS GNSS node"),
    ],
)
def test_an_application_is_opened_to_this_machine(
    deployed: dict[str, Any], environment_file: Path, name: str, path: str, shows: str
) -> None:
    command = [sys.executable, "-m", "flows.open", name, "-e", str(environment_file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as opened:
        try:
            assert opened.stdout
            address = opened.stdout.readline().split()[0]
            assert shows in answer(address + path)
        finally:
            opened.send_signal(signal.SIGINT)
    assert opened.returncode == 130


def answer(url: str) -> str:
    """Ask with NodeManager's login, which the others do not look at."""
    password = (state_folder("secrets", LAB) / "nodemanager_login").read_text()
    login = base64.b64encode(f"operator:{password}".encode()).decode()
    unproved = ssl.create_default_context()
    unproved.check_hostname, unproved.verify_mode = False, ssl.CERT_NONE  # it is 127.0.0.1 here
    asked = urllib.request.Request(url, headers={"Authorization": f"Basic {login}"})
    with urllib.request.urlopen(asked, context=unproved, timeout=LONGEST) as response:
        return str(response.read().decode())


def test_deploying_again_changes_and_restarts_nothing(deploy: Deploy) -> None:
    before = running_domains()
    again = deploy().json
    assert again["changed"] == 0
    assert {step["state"] for step in again["steps"]} == {"unchanged"}
    assert running_domains() == before
    last = run("flows.history", "list", "--limit", "1", "-o", "json").json[0]
    assert last["changed"] == 0
    planned = deploy("--plan", "--detailed-exitcode")
    assert all(row["state"] in ("same", "always") for row in planned.json)


def test_the_databases_are_dumped_and_restored_under_what_runs(
    deploy: Deploy, environment_file: Path, tmp_path: Path
) -> None:
    command = ("flows.database", "dump", tmp_path / "kept", "-e", environment_file, "-o", "json")
    kept = run(*command).json["databases"]
    asks = ("flows.database", "restore", tmp_path / "kept", "-e", environment_file)
    refused = run(*asks, check=False)
    assert (refused.status, "give --yes" in refused.stderr) == (2, True)
    lost = ask_the_database(environment_file, "update station set name = 'lost' returning id;")
    assert lost
    assert run(*asks, "--yes", "-o", "json").json["databases"] == kept
    left = "select count(*) from station where name = 'lost';"
    assert ask_the_database(environment_file, left) == ["0"]
    assert deploy().json["changed"] == 0
    last = run("flows.history", "list", "--limit", "2", "-o", "json").json
    assert [(one["flow"], one["changed"]) for one in last] == [("deploy_all", 0), ("restore", 1)]


def ask_the_database(environment_file: Path, sql: str) -> list[str]:
    """Carry out SQL in the node's database as its superuser; gives the lines of its answer."""
    domu = "centos7-VM"
    with open_session(load_environment(environment_file), builds=False) as session:
        container = session.connections.engine(domu).containers.get("database")
        return DatabaseServer(container, domu).ask(sql, "gnss-europe-v0-2-14")


def test_killed_while_it_mends_the_next_run_finishes(
    deploy: Deploy, environment_file: Path
) -> None:
    on_server("virsh", "-c", "xen:///system", "destroy", "indexGD")
    on_server("virsh", "-c", "xen:///system", "undefine", "indexGD")
    planned = deploy("--plan", "--detailed-exitcode", check=False)
    assert planned.status == 3
    assert [row["step"] for row in planned.json if row["state"] == "change"] == [MENDED]
    kill_as_it_begins(environment_file, MENDED)
    finished = deploy().json
    assert [step["step"] for step in finished["steps"] if step["changed"]] == [MENDED]
    assert finished["proof"]["inserted"] == 0, "rows in the database survive"


def kill_as_it_begins(environment_file: Path, step: str) -> None:
    """Deploy, and take SIGKILL to the run as soon as it begins this step."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.deploy_all", str(environment_file), *WITHOUT_MEASURING],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process.stderr as lines:
        assert any(line.rstrip().endswith(f"> {step}") for line in lines)
        process.kill()
    process.wait()


@pytest.mark.long
def test_after_power_loss_everything_comes_back_with_its_rows(deploy: Deploy) -> None:
    lab("down", "--hard")
    again = deploy().json
    assert again["proof"]["inserted"] == 0, "rows in the database survive"
    restarted = {s["step"] for s in again["steps"] if s["changed"]}
    assert "domu centos7-VM" not in restarted, "the domU starts with the server"


def measure(environment_file: Path, *subjects: str, starts: int) -> list[dict[str, Any]]:
    """Measure subjects, whatever was measured before; gives what the history has of that run."""
    (state_folder("measured") / f"{LAB}.json").unlink(missing_ok=True)
    only = [word for subject in subjects for word in ("--only", f"measure {subject}")]
    asked = ("--starts", str(starts), *only, "-o", "json")
    done = run("flows.measure", environment_file, *asked).json
    metrics = run("flows.history", "metrics", "--run", done["run"], "-o", "json").json
    return list(metrics)


def test_the_floors_are_measured(deployed: dict[str, Any], environment_file: Path) -> None:
    found = measure(environment_file, "null-guest", "empty-container", starts=2)
    starts = {(one["subject"], one["metric"]): one for one in found if one["unit"] == "s"}
    for subject in ("null-guest", "empty-container"):
        running, gone = (starts[subject, f"start_{part}"] for part in ("running", "first_answer"))
        assert running["samples"] == gone["samples"] == 2
        assert 0 < running["median"] <= gone["median"]


@pytest.mark.long
def test_a_unikernel_is_measured_beside_the_floor(
    deployed: dict[str, Any], environment_file: Path
) -> None:
    found = measure(environment_file, "null-guest", "RunQC", starts=5)
    figures = {one["metric"]: one for one in found if one["subject"] == "RunQC"}
    assert all(one["samples"] >= 5 for one in found if one["metric"].startswith("start_"))
    assert 2e6 < figures["size"]["median"] < 7e6
    assert 8e6 < figures["memory_smallest"]["median"] <= 28e6
    assert figures["memory"]["median"] >= figures["memory_smallest"]["median"]
    [null] = [
        one["median"]
        for one in found
        if (one["subject"], one["metric"]) == ("null-guest", "start_first_answer")
    ]
    start = figures["start_first_answer"]
    floor = null + figures["start_direct"]["median"]
    assert start["floor_ratio"] == pytest.approx(start["median"] / floor)
    # The parts of each start add up to it.
    parts = [figures[f"start_{part}"]["values"] for part in PARTS]
    assert [sum(start) for start in zip(*parts, strict=True)] == pytest.approx(start["values"])


def test_teardown_leaves_nothing_but_what_may_hold_data(
    deployed: dict[str, Any], environment_file: Path
) -> None:
    run("flows.teardown", environment_file, "--yes")
    assert set(running_domains()) == {"Domain-0"}
    assert on_server("nft", "list", "tables", "bridge") == ""
    volumes = set(on_server("lvs", "--noheadings", "-o", "lv_name").split())
    assert volumes == {"root", "home", "swap", "vmCentOS1"}
    left = on_server("find", "/var/lib/epos-virt", "-type", "f").split()
    # What other tests' guests have there is not of this environment.
    assert [path for path in left if any(guest in path for guest in UNIKERNELS)] == []
