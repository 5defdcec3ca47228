"""EPOS_Sync_System as it ships, on a PostgreSQL that the database application's entrypoint made.

Needs PostgreSQL, a JDK 17 or newer and the JDBC driver. Everything listens on 127.0.0.1 and lives
in a temporary folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from runs.wait import wait_until
from tests.patience import LONGEST
from tests.postgresql import PostgresTools
from tests.programs import DRIVER, JAVA

APPS = Path(__file__).parents[3] / "apps"
PASSWORD = "it's a secret\\"
NODE, GATEWAY = "gnss-europe-v0-2-14", "gnss-europe-gateway"
Rows = list[tuple[Any, ...]]
SECRETS = [line.split()[1] for line in (APPS / "database" / "roles").read_text().splitlines()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A volume of the database application, and its entrypoint in a folder of its own.

    PostgreSQL before 17 lacks its own C.UTF-8 and some settings: these are left out.
    """

    def __init__(self, tools: PostgresTools, folder: Path) -> None:
        self.tools, self.folder, self.port = tools, folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None
        shutil.copytree(APPS / "database", folder / "app")
        (folder / "volume").mkdir()
        self.password = PASSWORD  # of every role
        (folder / "secret").write_text(self.password)
        self._relocate()
        if tools.as_user:
            shutil.chown(folder, "postgres", "postgres")
            for path in folder.rglob("*"):
                shutil.chown(path, "postgres", "postgres")

    def _relocate(self) -> None:
        app = self.folder / "app"
        start, make, single = (
            self._moved(app / name) for name in ("entrypoint", "make-cluster", "single-user.sh")
        )
        config = (app / "postgresql.conf").read_text()
        config = config.replace("'/run/postgresql'", f"'{self.folder}'")
        config = config.replace("/etc/postgresql", str(app)).replace("'*'", "'127.0.0.1'")
        config = re.sub(r"(?m)^port = .*", f"port = {self.port}", config)
        config += "fsync = off\n"  # nothing here is to survive this machine
        access = (app / "pg_hba.conf").read_text()
        if self.tools.version < 17:
            make = make.replace("--locale-provider=builtin --builtin-locale=C.UTF-8 ", "")
            config = re.sub(r"(?m)^reserved_connections.*\n", "", config)
        superuser = self.tools.superuser
        make = make.replace("--username=postgres", f"--username={superuser}")
        access = re.sub(r"(?m)^(local\s+all\s+)postgres", rf"\g<1>{superuser}", access)
        for name, text in (
            ("entrypoint", start), ("make-cluster", make), ("single-user.sh", single),
            ("postgresql.conf", config), ("pg_hba.conf", access),
        ):  # fmt: skip
            (app / name).write_text(text)

    def _moved(self, script: Path) -> str:
        text = script.read_text().replace("/var/lib/postgresql/data", str(self.folder / "volume"))
        return re.sub("/usr/share/epos|/etc/postgresql", str(script.parent), text)

    def start(self) -> None:
        """Run the entrypoint until the server answers."""
        log = (self.folder / "log").open("ab")
        path = f"{self.tools.folder}:/usr/bin:/bin:/usr/sbin:/sbin"
        secret = str(self.folder / "secret")
        settings = {"PATH": path, **dict.fromkeys(SECRETS, secret)}
        with log:
            self.process = subprocess.Popen(
                [*self.tools.as_user, "sh", str(self.folder / "app" / "entrypoint")],
                env=settings, stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        wait_until(self._answers, what="an answer of PostgreSQL", within=60, every=0.05, remedy="")

    def _answers(self) -> bool:
        assert self.process and self.process.poll() is None, (self.folder / "log").read_text()
        try:
            psycopg2.connect(**self._login(NODE)).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _login(self, database: str, user: str = "epos_app") -> dict[str, Any]:
        return {
            "host": "127.0.0.1", "port": self.port, "dbname": database,
            "user": user, "password": self.password,
        }  # fmt: skip

    def stop(self, signal: str = "INT") -> None:
        """Stop it as the container's engine does; at once with QUIT, its files as they are."""
        if self.process and self.process.poll() is None:
            # To the server itself, which is what setpriv and sh have become.
            kill = [*self.tools.as_user, "kill", f"-{signal}", str(self.process.pid)]
            subprocess.run(kill, check=True)
            self.process.wait(LONGEST)

    def ask(self, database: str, statement: str, *values: Any, user: str = "epos_app") -> Rows:
        """Run a statement as a role of the applications; give its rows."""
        connection = psycopg2.connect(**self._login(database, user))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def command(self, database: str, *statements: str) -> str:
        """Run statements as the superuser, from inside; give their rows as text."""
        socket_folder, superuser = str(self.folder), self.tools.superuser
        done = subprocess.run(
            [*self.tools.as_user, str(self.tools.folder / "psql"), "-X", "-q", "-A", "-t",
             "-v", "ON_ERROR_STOP=1", "-h", socket_folder, "-p", str(self.port),
             "-U", superuser, "-d", database,
             *(word for statement in statements for word in ("-c", statement))],
            capture_output=True, text=True, check=False, cwd="/",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="session")
def make_cluster(postgres_tools: PostgresTools) -> Iterator[Callable[[], Cluster]]:
    made: list[Cluster] = []
    # Not pytest's folder, which PostgreSQL's own user cannot reach.
    base = Path(tempfile.mkdtemp(prefix="epos-pg-"))
    base.chmod(0o755)

    def make() -> Cluster:
        folder = base / str(len(made))
        folder.mkdir()
        made.append(Cluster(postgres_tools, folder))
        return made[-1]

    yield make
    for cluster in made:
        cluster.stop("QUIT")
    shutil.rmtree(base)


@pytest.fixture(scope="session")
def cluster(make_cluster: Callable[[], Cluster]) -> Cluster:
    """A cluster as the first start makes it."""
    new = make_cluster()
    new.start()
    return new


class Sync:
    """EPOS_Sync_System as a process."""

    def __init__(self, classes: Path, settings: dict[str, str]) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [*JAVA, "-cp", f"{classes}:{DRIVER}", "epos.sync.Main"],
            env={"PATH": os.environ["PATH"], "PORT": str(self.port), **settings},
        )  # fmt: skip
        wait_until(
            self._listens, what="an answer of EPOS_Sync_System", within=30, every=0.05, remedy=""
        )

    def _listens(self) -> bool:
        try:
            return self.call("GET", "/health")[0] == 200
        except OSError:
            return False

    def call(self, method: str, path: str) -> tuple[int, Any]:
        """Ask; give status and JSON."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=LONGEST) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def sync(self) -> dict[str, Any]:
        """Synchronise; give the summary without its times."""
        status, summary = self.call("POST", "/sync")
        assert status == 200, summary
        assert summary.pop("seconds") >= 0
        assert summary.pop("started")
        return dict(summary)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


StartSync = Callable[..., Sync]


@pytest.fixture(scope="session")
def usual_sync(classes: Path, cluster: Cluster) -> Iterator[Callable[[], Sync]]:
    """Give the application with its usual settings: one process for all tests that leave it."""
    started: list[Sync] = []

    def running() -> Sync:
        if not started or started[-1].process.poll() is not None:
            started.append(Sync(classes, settings_for(cluster)))
        return started[-1]

    yield running
    for sync in started:
        sync.kill()


def settings_for(cluster: Cluster) -> dict[str, str]:
    return {
        "DATABASE_ADDRESS": "127.0.0.1",
        "DATABASE_PORT": str(cluster.port),
        "DATABASE_USER": "epos_sync",
        "DATABASE_PASSWORD_FILE": str(cluster.folder / "secret"),
    }


@pytest.fixture
def start_sync(
    classes: Path, cluster: Cluster, usual_sync: Callable[[], Sync]
) -> Iterator[StartSync]:
    """Start the application beside the cluster, with other settings by name; or give it."""
    started: list[Sync] = []

    def start(node: Cluster, **settings: str) -> Sync:
        assert node is cluster
        new = Sync(classes, settings_for(cluster) | settings) if settings else usual_sync()
        started.append(new)
        return new

    yield start
    for sync in started:
        if sync is not usual_sync() or sync.call("GET", "/status")[1]["running"]:
            sync.kill()
