"""One lab for all system tests: deployed once, snapshot kept, restored for every later session."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import DockerException

from deployments.load import load_environment
from runs.state import state_folder
from runs.wait import wait_until
from tasks.base_image import base_key, has_image, make_base_image, read_base_images
from tasks.image import build_image, image_key, image_name
from tests.system.lab_of_tests import LAB, ROOT, Done, lab, run
from tests.system.state_of_tests import state_of_tests

DEPLOYED = "deployed"  # the snapshot taken after the first deployment
# Measuring has a test of its own: of everything it takes longer than all the rest.
WITHOUT_MEASURING = ("-o", "json", "--skip", "measure")
# Every kind of step that changes something, in their order.
KILLED_AFTER = (
    "packages",
    "bridge xenbr0",
    "volume epos/vmCentOS1",
    "hypervisor",
    "root centos7-VM",
    "domu centos7-VM",
    "transfer epos/database to centos7-VM",
    "compose centos7-VM",
    "unikernel EPOS_Sync_System",
)


def pytest_configure() -> None:
    """Let nothing of what is the operator's be seen or touched by these tests."""
    os.environ["EPOS_VIRT_STATE"] = str(state_of_tests())


@pytest.fixture(scope="session")
def environment_file() -> Path:
    """The environment that ships, deployed on a lab in the tests' own state folder."""
    path = ROOT / "deployments" / "lab.yaml"
    server = load_environment(path).server
    assert server.lab == LAB, f"{path} names {server.name}, which is no lab: tests would change it"
    return path


@pytest.fixture(scope="session")
def deployed(environment_file: Path) -> Iterator[dict[str, Any]]:
    """A whole environment that runs and was proved; gives what the last deploy_all printed.

    Built from nothing by runs that are killed again and again, each going on where the one before
    was killed. Where an earlier session left its snapshot the lab is restored from it instead.
    """
    known = lab("status", "-o", "json").json["snapshots"]
    try:
        if DEPLOYED in known:
            lab("restore", DEPLOYED)
        else:
            for step in KILLED_AFTER:
                deploy_until(environment_file, step)
        answer = run("flows.deploy_all", environment_file, *WITHOUT_MEASURING).json
        lab("snapshot", "--replace", DEPLOYED)
        yield answer
    finally:
        lab("down", "--hard", check=False)


def deploy_until(environment_file: Path, step: str) -> None:
    """Deploy, and take SIGKILL to the run as soon as it has changed something in this step."""
    command = ["flows.deploy_all", str(environment_file), *WITHOUT_MEASURING]
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    # 01:38:02 + 26/43 domu centos7-VM  72.4 s  changed; before: is not running
    changed = re.compile(rf"^\S+ \+ +\d+/\d+ {re.escape(step)} .* changed;")
    seen: list[str] = []
    with process.stderr as lines:
        for line in lines:
            seen.append(line)
            if changed.match(line):
                break
        process.kill()
    process.wait()
    if not seen or not changed.match(seen[-1]):
        pytest.fail(f"the deployment ended before it changed {step}:\n{''.join(seen[-40:])}")


@pytest.fixture
def deploy(deployed: dict[str, Any], environment_file: Path) -> Any:
    """Deploy the environment once more, with further arguments; gives how it ended."""

    def again(*arguments: str, check: bool = True) -> Done:
        command = ("flows.deploy_all", environment_file, *WITHOUT_MEASURING)
        return run(*command, *arguments, check=check)

    return again


@pytest.fixture(scope="session", autouse=True)
def engine() -> Iterator[None]:
    """Give all tests one engine with a network, and the images: DOCKER_HOST.

    It is started for the tests, with data of its own in the state folder, and stopped after.
    """
    folder = state_folder("docker-of-tests")
    url = f"unix://{folder}/docker.sock"
    places = ["--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec"]
    command = ["dockerd", "--host", url, "--pidfile", f"{folder}/dockerd.pid", *places]
    with (folder / "dockerd.log").open("wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = url
    try:
        client = wait_until(
            lambda: answering(url), what="the tests' engine", within=60, remedy="see dockerd.log"
        )
        provide_images(client)
        client.close()
        yield
    finally:
        daemon.terminate()
        daemon.wait(60)
        os.environ.pop("DOCKER_HOST")
        if before:
            os.environ["DOCKER_HOST"] = before


def answering(url: str) -> docker.DockerClient:
    """Open the engine; raises OSError until it answers."""
    with socket.socket(socket.AF_UNIX) as probe:  # docker-py leaks the socket of a failed try
        probe.connect(url.removeprefix("unix://"))
    client = docker.DockerClient(base_url=url, timeout=900, version="1.40")
    try:
        client.ping()
    except (DockerException, OSError) as error:
        client.close()
        raise OSError(str(error)) from error
    return client


def provide_images(client: docker.DockerClient) -> None:
    """Build what is missing, and name the newest without its key as well."""
    for base in read_base_images().values():
        if not has_image(client, base.name, base_key(base)):
            make_base_image(client, base, lambda line: None)
        client.images.get(f"{base.name}:{base_key(base)}").tag(base.name)
    for app in ("database", "fwss", "glass", "portal"):
        folder = ROOT / "apps" / app
        name, key = image_name(folder), image_key(folder)
        if not has_image(client, name, key):
            build_image(client, folder, lambda line: None)
        client.images.get(f"{name}:{key}").tag(name)
