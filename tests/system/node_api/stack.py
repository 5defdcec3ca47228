"""The node's web applications as containers with a real database, and questions to them.

Needs the images of apps/*/ in the engine that DOCKER_HOST names (conftest.py builds them).
"""

import json
import secrets
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from runs.wait import wait_until

ROWS = Path(__file__).with_name("rows.sql")
API = "/GlassFramework/webresources"
STARTS_WITHIN = 120  # s; the database makes its cluster first


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        """Return the body as the JSON it is."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Stack:
    """The containers and where they answer on this machine."""

    database: Container
    glass: Container
    portal: Container
    glass_url: str
    portal_url: str
    fwss_url: str
    client_url: str

    def api(self, path: str) -> Answer:
        """GET below GLASS's base."""
        return get(self.glass_url + API + path)

    def insert(self, path: str, body: bytes | Any) -> Answer:
        """POST to FWSS: text as it is, anything else as JSON."""
        if isinstance(body, bytes):
            return get(self.fwss_url + path, body, {"Content-Type": "text/plain"})
        kind = {"Content-Type": "application/json"}
        return get(self.fwss_url + path, json.dumps(body).encode(), kind)

    def page(self, path: str, **headers: str) -> Answer:
        """GET a page of the portal."""
        return get(self.portal_url + path, headers=headers)


def get(url: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # self-signed, made for this test
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _Stay())
    request = urllib.request.Request(url, data=data, headers=headers or {})
    try:
        with opener.open(request, timeout=60) as response:
            assert isinstance(response, HTTPResponse)
            return Answer(response.status, dict(response.headers), response.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read().decode())


class _Stay(urllib.request.HTTPRedirectHandler):
    """Shows a redirection instead of following it."""

    def redirect_request(self, *_: Any) -> None:
        return None


@contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """Start all of them on a network of their own; the secret is kept in the folder."""
    engine = docker.from_env()
    name = f"test-web-{secrets.token_hex(4)}"
    password = folder / "database_password"
    password.write_text(secrets.token_urlsafe())
    password.chmod(0o644)  # read by other uids inside the containers
    secret = "/run/secrets/database_password"
    network = engine.networks.create(name)

    def start(image: str, port: int | None, **environment: str) -> Container:
        return engine.containers.run(
            f"epos/{image}",
            name=f"{name}-{image}",
            detach=True,
            network=name,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            read_only=image != "database",
            tmpfs={"/tmp": ""} if image != "database" else {},
            volumes={str(password): {"bind": secret, "mode": "ro"}},
            environment={"DATABASE_PASSWORD_FILE": secret, **environment},
            # A port of its own, which it keeps when it is started again.
            ports={f"{port}/tcp": ("127.0.0.1", free_port())} if port else {},
        )

    started: list[Container] = []
    try:
        where = {"DATABASE_ADDRESS": f"{name}-database"}
        # On purpose in the wrong order: neither needs what it uses to be there at its start.
        glass_too = {"GLASS_ADDRESS": f"{name}-glass", **where}
        portal = start("portal", 443, PORTAL_SELF_SIGNED="1", **glass_too)
        started.append(portal)
        glass = start("glass", 8080, **where)
        started.append(glass)
        client = start("webclient", 8080, GLASS_ADDRESS=f"{name}-glass")
        started.append(client)
        fwss = start("fwss", 5555, **where)
        started.append(fwss)
        database = start("database", None)
        started.append(database)
        running = Stack(
            database,
            glass,
            portal,
            f"http://127.0.0.1:{published(glass)}",
            f"https://127.0.0.1:{published(portal)}",
            f"http://127.0.0.1:{published(fwss)}",
            f"http://127.0.0.1:{published(client)}",
        )
        wait_for(lambda: running.page("/health").status == 200, "the portal's health")
        wait_for(lambda: get(running.fwss_url + "/health").status == 200, "FWSS's health")
        load_rows(database)
        yield running
    finally:
        for container in started:
            container.remove(force=True, v=True)
        network.remove()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def published(container: Container) -> int:
    container.reload()
    ports = next(iter(container.ports.values())) or []
    return int(ports[0]["HostPort"])


def load_rows(database: Container) -> None:
    client = [
        "docker",
        "exec",
        "-i",
        str(database.id),
        "psql",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        "/run/postgresql",
        "-U",
        "postgres",
        "-d",
        "gnss-europe-v0-2-14",
    ]
    subprocess.run(client, input=ROWS.read_bytes(), check=True, capture_output=True)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    wait_until(condition, what=what, within=STARTS_WITHIN, remedy="see the containers' logs")
