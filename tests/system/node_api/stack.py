"""The node's web applications as containers with a real database, and questions to them.

Needs the images of apps/*/ in the engine that DOCKER_HOST names (conftest.py builds them).
"""

import json
import re
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
from urllib.parse import urlencode

import docker
from docker.models.containers import Container

from deployments.app_yaml import read_described
from runs.wait import wait_until
from tasks.secret import hashed_password
from tests.patience import LONGEST

APPS = Path(__file__).parents[3] / "apps"
ROWS = Path(__file__).with_name("rows.sql")
API = "/GlassFramework/webresources"
LOGIN = "a password of the operator"
PAGE_WITHIN = 30  # s until what was asked of a page is seen on it
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
    write_token: str
    client_url: str
    manager_url: str

    def api(self, path: str) -> Answer:
        """GET below GLASS's base."""
        return get(self.glass_url + API + path)

    def insert(self, path: str, body: bytes | Any) -> Answer:
        """POST to FWSS as a writer: text as it is, anything else as JSON."""
        if isinstance(body, bytes):
            kind, sent = "text/plain", body
        else:
            kind, sent = "application/json", json.dumps(body).encode()
        token = {"Authorization": f"Bearer {self.write_token}"}
        return get(self.fwss_url + path, sent, {"Content-Type": kind, **token})

    def page(self, path: str, **headers: str) -> Answer:
        """GET a page of the portal."""
        return get(self.portal_url + path, headers=headers)


def get(
    url: str,
    data: bytes | None = None,
    headers: dict[str, str] | None = None,
    method: str | None = None,
) -> Answer:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # self-signed, made for this test
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), _Stay())
    request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with opener.open(request, timeout=LONGEST) as response:
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
    """Start all of them on a network of their own; the secrets are kept in the folder."""
    engine = docker.from_env()
    name = f"test-web-{secrets.token_hex(4)}"
    write_secrets(folder)
    network = engine.networks.create(name)

    def start(image: str, port: int | None, **environment: str) -> Container:
        says = read_described(APPS / image)  # memory, and which role it is, as where it is deployed
        return engine.containers.run(
            f"epos/{image}",
            name=f"{name}-{image}",
            detach=True,
            network=name,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            mem_limit=says.memory,
            read_only=image != "database",
            tmpfs={"/tmp": ""} if image != "database" else {},
            volumes={str(folder): {"bind": "/run/secrets", "mode": "ro"}},
            environment={**says.environment, **environment},
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
        manager = start(
            "nodemanager",
            443,
            NODEMANAGER_LOGIN_HASH_FILE="/run/secrets/login_hash",
            TLS_CERTIFICATE_FILE="/run/secrets/certificate",
            TLS_KEY_FILE="/run/secrets/key",
            **glass_too,
        )
        started.append(manager)
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
            (folder / "write_token").read_text(),
            f"http://127.0.0.1:{published(client)}",
            f"https://127.0.0.1:{published(manager)}",
        )
        wait_for(lambda: running.page("/health").status == 200, "the portal's health")
        wait_for(lambda: get(running.manager_url + "/health").status == 200, "NodeManager's health")
        wait_for(lambda: get(running.fwss_url + "/health").status == 200, "FWSS's health")
        load_rows(database)
        yield running
    finally:
        for container in started:
            container.remove(force=True, v=True)
        network.remove()


def write_secrets(folder: Path) -> None:
    """Write what the containers are given; read by other uids inside them."""
    certificate = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", *certificate, "-subj", "/CN=test", "-keyout", folder / "key",
         "-out", folder / "certificate"],
        check=True, capture_output=True,
    )  # fmt: skip
    for name in read_described(APPS / "database").secrets:
        (folder / name).write_text(secrets.token_urlsafe())
    (folder / "write_token").write_text(secrets.token_urlsafe())
    (folder / "login_hash").write_text(hashed_password(LOGIN, secrets.token_hex(8)))
    folder.chmod(0o755)
    for secret in folder.iterdir():
        secret.chmod(0o644)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def published(container: Container) -> int:
    container.reload()
    ports = next(iter(container.ports.values())) or []
    return int(ports[0]["HostPort"])


def load_rows(database: Container) -> None:
    sql(database, ROWS.read_text())


def sql(database: Container, statements: str) -> str:
    """Run statements in the node's database as its superuser; give what the rows hold."""
    client = ["docker", "exec", "-i", str(database.id), "psql", "-q", "-A", "-t",
              "-v", "ON_ERROR_STOP=1", "-h", "/run/postgresql", "-U", "postgres",
              "-d", "gnss-europe-v0-2-14"]  # fmt: skip
    done = subprocess.run(client, input=statements, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def requested(stack: Stack, wanted: str) -> Answer:
    """Ask the portal for a product of GRAS as a visitor does, let it work, and fetch the answer."""
    form = stack.page("/requests")
    [token] = re.findall(r'name="token" value="([0-9a-f]+)"', form.body)
    cookie = {"Cookie": form.headers["Set-Cookie"].split(";")[0]}
    fields = urlencode({"marker": "gras", "wanted": wanted, "token": token}).encode()
    made = get(stack.portal_url + "/requests", fields, cookie)
    assert made.status == 303, f"{made.status}: {made.body}"
    worked = stack.portal.exec_run(["wget", "-q", "-O", "-", "http://127.0.0.1:8081/work"])
    assert worked.exit_code == 0, worked.output
    newest = re.findall(r'href="(/requests/\d+/answer)"', stack.page("/requests").body)[0]
    return stack.page(newest)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    wait_until(condition, what=what, within=STARTS_WITHIN, remedy="see the containers' logs")
