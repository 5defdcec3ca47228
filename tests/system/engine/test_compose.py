"""apps/README.md on a plain engine: its commands start the whole node, and leave nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import psycopg2
import pytest
import requests

from deployments.app_yaml import Described, read_described
from deployments.load import load_environment
from runs.child import run
from state import state_folder
from tasks.container import plain_engine
from tasks.container.plain_engine import FIRST_FILES, service_of
from tests.patience import LONGEST
from tests.readme.blocks import commands
from tests.system.lab_of_tests import ROOT

pytestmark = pytest.mark.docker
PROJECT = "com.docker.compose.project=epos-node"
COMPOSE = "docker compose -f apps/compose.yaml"
SAID = re.compile(r"^(\w+): (\{.*\})$", re.MULTILINE)  # indexGD: {"archive": …}
GLASS = "http://127.0.0.1:8101/GlassFramework/webresources"
LISTS = ("agency", "antenna", "city", "country", "files_type", "radome", "receiver", "state")
APPLICATIONS = {
    service_of(app): read_described(plain_engine.APPS / app.source.name)
    for app in load_environment(plain_engine.ENVIRONMENT).applications
}


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """A shell's variables, with a Docker that knows `docker compose`: Debian 12's does not."""
    known = subprocess.run(["docker", "compose", "version"], capture_output=True)
    if known.returncode == 0:
        return dict(os.environ)
    folder = state_folder("programs") / "compose-of-trixie"
    if not folder.is_dir():
        package = ("--variant=extract", "--include=docker-compose", "trixie")
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            root = Path(scratch) / "root"
            run("mmdebstrap", *package, root, what="Debian's docker-compose was not got")
            (root / "usr/libexec/docker").rename(folder)
    return {**os.environ, "DOCKER_CONFIG": str(folder)}


@dataclass(frozen=True)
class Node:
    """The running node, and the shell that its operator has."""

    shell: dict[str, str]
    engine: docker.DockerClient

    def types(self, line: str) -> str:
        """Type a line in the checkout; it must succeed. Gives what it prints."""
        done = subprocess.run(
            ["bash", "-c", line], cwd=ROOT, env=self.shell, capture_output=True, text=True
        )
        said = f"$ {line}\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
        assert done.returncode == 0, said
        return done.stdout

    def secret(self, name: str) -> str:
        """Ask for a secret as the README says."""
        return self.types(f"{COMPOSE} run --rm secrets show {name}").removesuffix("\n")

    def attributes(self) -> dict[str, dict[str, Any]]:
        """What `docker inspect` says of each container, by service."""
        listed = self.engine.containers.list(all=True, filters={"label": PROJECT})
        return {one.labels["com.docker.compose.service"]: one.attrs for one in listed}

    def carried(self) -> dict[str, Any]:
        """What each said when the files were carried last, by its name."""
        container = self.engine.containers.get(self.attributes()[FIRST_FILES]["Id"])
        container.wait()
        shown = container.logs().decode()
        return {name: json.loads(said) for name, said in SAID.findall(shown)}


@pytest.fixture(scope="module")
def node(engine: str, environment: dict[str, str]) -> Iterator[Node]:
    """The node after all commands of the README but the last, which then ends it."""
    client = docker.from_env()
    operator = Node(environment, client)
    *starting, ending = commands((ROOT / "apps" / "README.md").read_text())
    assert ending == f"{COMPOSE} down --volumes"
    try:
        for line in starting:
            operator.types(line)
        yield operator
    finally:
        operator.types(ending)
        client.close()


def test_all_nine_are_healthy_and_what_is_done_once_ended_well(node: Node) -> None:
    found = node.attributes()
    states = {name: attributes["State"] for name, attributes in found.items()}
    assert {name: states[name].get("Health", {}).get("Status") for name in APPLICATIONS} == (
        dict.fromkeys(APPLICATIONS, "healthy")
    )
    once = states.keys() - APPLICATIONS.keys()
    assert {name: states[name]["ExitCode"] for name in once} == {
        "secrets": 0,
        "archive": 0,
        FIRST_FILES: 0,
    }


@pytest.mark.parametrize("name", APPLICATIONS)
def test_each_answers_its_own_question(node: Node, tmp_path: Path, name: str) -> None:
    says = APPLICATIONS[name]
    assert says.answer.contains
    asked = _asked_database if says.protocol == "postgresql" else _asked
    assert says.answer.contains in asked(node, name, says, tmp_path / "certificate")


def _asked(node: Node, name: str, says: Described, certificate: Path) -> str:
    certificate.write_text(node.secret("tls_certificate"))
    [published] = node.attributes()[name]["NetworkSettings"]["Ports"][f"{says.port}/tcp"]
    url = f"{says.protocol}://127.0.0.1:{published['HostPort']}{says.answer.path}"
    answer = requests.get(url, verify=str(certificate), timeout=LONGEST)
    assert answer.status_code == 200
    return answer.text


def _asked_database(node: Node, name: str, says: Described, certificate: Path) -> str:
    del certificate
    [network] = node.attributes()[name]["NetworkSettings"]["Networks"].values()
    connection = psycopg2.connect(
        host=network["IPAddress"],
        dbname=says.answer.database,
        user=says.answer.user,
        password=node.secret(says.answer.secret),
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(says.answer.query)
        return str(cursor.fetchall())


def test_the_files_went_through_all_of_it(node: Node) -> None:
    carried = node.carried()
    assert (carried["indexGD"]["inserted"], carried["indexGD"]["errors"]) == (4, [])
    assert carried["RunQC"]["posted"] == 4
    assert (carried["EPOS_Sync_System"]["carried"], carried["EPOS_Sync_System"]["failed"]) == (4, 0)


def test_stations_are_found_by_what_their_logs_say(node: Node) -> None:
    for name in LISTS:
        assert _json(f"stations/v2/list/{name}?format=json"), name
    [station] = _json("stations/v2/city/Delft/full/json")
    assert (station["marker_long_name"], station["date_from"][:10]) == ("MANY00NLD", "2009-09-01")
    for where in (
        "country/Portugal",
        "network/Rede%20Inventada",
        "agency/Instituto%20Inventado%20de%20Geodesia",
    ):
        found = _json(f"stations/v2/{where}/short/json")
        assert {one["marker"] for one in found} == {"DEMO", "HIGH"}, where
    assert len(_json("stations/v2/network/EPOS/short/json")) == 4


def test_a_file_is_fetched_from_where_glass_says_it_is(node: Node) -> None:
    [file] = _json("files/station-marker/DEMO00PRT/json")
    assert (file["status"] > 0, file["creation_date"]) == (True, "2024-01-03 01:09:30")
    content = requests.get(file["url"], timeout=LONGEST).content
    assert hashlib.md5(content).hexdigest() == file["md5_checksum"]


def _json(path: str) -> Any:
    answer = requests.get(f"{GLASS}/{path}", timeout=LONGEST)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_no_secret_is_in_what_the_engine_tells(node: Node) -> None:
    everything = json.dumps(node.attributes())
    for name in ("database_password", "write_token", "nodemanager_login", "tls_key"):
        assert node.secret(name).splitlines()[-1] not in everything


def test_what_is_started_again_is_as_it_was(node: Node) -> None:
    before = node.secret("write_token")
    node.types(f"{COMPOSE} down")
    node.types(f"{COMPOSE} up --build --detach")
    assert node.secret("write_token") == before
    assert node.carried()["indexGD"]["inserted"] == 0
    assert node.carried()["EPOS_Sync_System"]["carried"] == 0
    assert len(_json("stations/v2/station/short/json")) == 4


def test_down_leaves_no_container_no_volume_and_no_network(node: Node) -> None:
    node.types(f"{COMPOSE} down --volumes")
    assert not node.attributes()
    assert not node.engine.volumes.list(filters={"label": PROJECT})
    assert not node.engine.networks.list(filters={"label": PROJECT})
