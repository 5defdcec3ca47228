"""One lab for all system tests: deployed once, snapshot kept, restored for every later session."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import DockerException

from deployments.load import load_environment
from runs.prefect_server.process import starting
from runs.wait import wait_until
from state import state_folder
from tasks.container.base_image import base_key, has_image, make_base_image, read_base_images
from tasks.container.image import image_key, image_name, way_of
from tests.patience import LONGEST
from tests.system.lab_of_tests import LAB, ROOT, Done, lab, run
from tests.system.server.deployment_of_tests import TAKES_IT_DOWN, WITHOUT_MEASURING, Deployment
from tests.system.state_of_tests import state_of_tests

NEED_A_KERNEL = ("test_container_images", "test_add_an_application")  # files of tests


def pytest_configure() -> None:
    """Let nothing of what is the operator's be seen or touched by these tests."""
    os.environ["EPOS_VIRT_STATE"] = str(state_of_tests())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the deployment comes last: it is being made meanwhile. Its end is the last.

    Before it what needs a unikernel's kernel, which is being compiled meanwhile.
    """
    items.sort(
        key=lambda item: (
            needs_the_deployment(item),
            item.path.stem in NEED_A_KERNEL,
            item.name == TAKES_IT_DOWN,
        )
    )


def needs_the_deployment(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "deployed" in item.fixturenames


@pytest.fixture(scope="session")
def environment_file() -> Path:
    """The environment that ships, deployed on a lab in the tests' own state folder."""
    path = ROOT / "deployments" / "lab.yaml"
    server = load_environment(path).server
    assert server.lab == LAB, f"{path} names {server.name}, which is no lab: tests would change it"
    return path


@pytest.fixture(scope="session", autouse=True)
def deploying(
    request: pytest.FixtureRequest, engine: str | None, environment_file: Path
) -> Iterator[Future[dict[str, Any]] | None]:
    """Begin the deployment where a test needs it; tests that do not come first, beside it.

    A server's root is made while the engine's images are. One Prefect server serves all runs.
    """
    if not any(map(needs_the_deployment, request.session.items)):
        if engine:
            provide_images(engine)
        yield None
        return
    assert engine
    deployment = Deployment(environment_file)
    with starting(), ThreadPoolExecutor(1) as beside:
        going_on = beside.submit(deployment.carry_out)
        try:
            provide_images(engine)
            deployment.images_are_there.set()
            yield going_on
        finally:
            deployment.give_up()
    lab("down", "--hard", check=False)


@pytest.fixture(scope="session")
def deployed(deploying: Future[dict[str, Any]]) -> dict[str, Any]:
    """A whole environment that runs and was proved; gives what the last deploy_all printed.

    Built from nothing by runs that are killed again and again, each going on where the one before
    was killed. Where an earlier session left its snapshot the lab is restored from it instead.
    """
    return deploying.result()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures are kept: EPOS_VIRT_PICTURES (docs/pictures for the docs), or nowhere."""
    asked = os.environ.get("EPOS_VIRT_PICTURES")
    return ROOT / asked if asked else tmp_path_factory.mktemp("pictures")


@pytest.fixture
def deploy(deployed: dict[str, Any], environment_file: Path) -> Any:
    """Deploy the environment once more, with further arguments; gives how it ended."""

    def again(*arguments: str, check: bool = True) -> Done:
        command = ("flows.deploy_all", environment_file, *WITHOUT_MEASURING)
        return run(*command, *arguments, check=check)

    return again


@pytest.fixture(scope="session")
def engine() -> Iterator[str | None]:
    """Give all tests one engine with a network: its address, which is also DOCKER_HOST.

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
        with opened(url):
            pass
        yield url
    finally:
        daemon.terminate()
        daemon.wait(LONGEST)
        os.environ.pop("DOCKER_HOST")
        if before:
            os.environ["DOCKER_HOST"] = before


@contextmanager
def opened(url: str) -> Iterator[docker.DockerClient]:
    """Give a client of the tests' engine, as soon as that answers."""
    client = wait_until(
        lambda: answering(url), what="the tests' engine", within=LONGEST, remedy="see dockerd.log"
    )
    try:
        yield client
    finally:
        client.close()


def answering(url: str) -> docker.DockerClient:
    """Open the engine; raises OSError until it answers."""
    with socket.socket(socket.AF_UNIX) as probe:  # docker-py leaks the socket of a failed try
        probe.connect(url.removeprefix("unix://"))
    client = docker.DockerClient(base_url=url, timeout=LONGEST, version="1.40")
    try:
        client.ping()
    except (DockerException, OSError) as error:
        client.close()
        raise OSError(str(error)) from error
    return client


def provide_images(url: str) -> None:
    """Build what is missing, and name the newest without its key as well."""
    with opened(url) as client:
        for base in read_base_images().values():
            if not has_image(client, base.name, base_key(base)):
                make_base_image(client, base)
            client.images.get(f"{base.name}:{base_key(base)}").tag(base.name)
        for app in load_environment(ROOT / "deployments" / "lab.yaml").containers:
            folder = (ROOT / "deployments" / app.source).resolve()
            name, key = image_name(folder), image_key(folder)
            if not has_image(client, name, key):
                way_of(folder).build(client, folder, name)
            client.images.get(f"{name}:{key}").tag(name)
