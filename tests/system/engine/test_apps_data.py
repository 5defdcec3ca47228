"""Real files through indexGD and FWSS into the database, each as it ships.

Needs a Docker engine (DOCKER_HOST) that has epos/base and epos/builder, and reaches the package
mirrors. indexGD runs as a process of this machine; its unikernel is another test's.
"""

import csv
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.patience import LONGEST

pytestmark = pytest.mark.docker
ROOT = Path(__file__).resolve().parents[3]
RINEX = ROOT.parent / "shared" / "data" / "rinex"
PORT = 14000  # of indexGD, on this machine
Query = Callable[..., list[tuple[Any, ...]]]


def docker(*arguments: str) -> str:
    done = subprocess.run(
        ["docker", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
    )
    assert done.returncode == 0, f"docker {arguments}: {done.stderr[-2000:]}"
    return done.stdout.strip()


def wait_until(condition: Callable[[], bool], what: str, within: float) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {within} s"
        time.sleep(0.2)


def call(url: str, method: str = "GET") -> Any:
    asked = urllib.request.Request(url, method=method)
    with urllib.request.urlopen(asked, timeout=LONGEST) as answer:
        return json.load(answer)


def indexed() -> Any:
    """Start a run of indexGD; give its result when it has ended."""
    started = call(f"http://127.0.0.1:{PORT}/index", "POST")
    found: dict[str, Any] = {}

    def ended() -> bool:
        found.update(call(f"http://127.0.0.1:{PORT}{started['address']}"))
        return bool(found["state"] != "running")

    wait_until(ended, "the end of the run", 120)
    assert found["state"] == "done", found
    return found


def answers(url: str) -> bool:
    try:
        return bool(call(url) == {"status": "ok"})
    except OSError:
        return False


def address(container: str) -> str:
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    return docker("inspect", "--format", form, container)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if RINEX.is_dir():
        return RINEX
    folder = tmp_path_factory.mktemp("archive")
    generate = ROOT / "apps" / "rinex-sample" / "generate.py"
    subprocess.run([sys.executable, str(generate), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def running_stack(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    """Database, FWSS and indexGD, up and answering; yields how to ask the database."""
    name = f"epos-test-{os.getpid()}"
    folder = tmp_path_factory.mktemp("secrets")
    folder.chmod(0o755)
    secret, token = folder / "database_password", folder / "write_token"
    for one in (secret, token):
        one.write_text(secrets.token_urlsafe())
        one.chmod(0o644)
    mount = f"{folder}:/run/secrets:ro"
    for app in ("database", "fwss"):
        docker("build", "--network", "host", "-t", f"epos/{app}", str(ROOT / "apps" / app))
    with ExitStack() as undo:
        docker("network", "create", name)
        undo.callback(docker, "network", "rm", name)
        docker("run", "-d", "--name", f"{name}-db", "--network", name, "-v", mount, "epos/database")
        undo.callback(docker, "rm", "-f", "-v", f"{name}-db")
        database = address(f"{name}-db")
        docker(
            "run", "-d", "--name", f"{name}-fwss", "--network", name, "-v", mount,
            "-e", f"DATABASE_ADDRESS={database}", "epos/fwss",
        )  # fmt: skip
        undo.callback(docker, "rm", "-f", f"{name}-fwss")
        fwss = address(f"{name}-fwss")
        indexgd = subprocess.Popen(
            [sys.executable, "main.py"],
            cwd=ROOT / "apps" / "indexgd",
            env={
                **os.environ,
                "ARCHIVE": str(archive),
                "FWSS_ADDRESS": fwss,
                "PORT": str(PORT),
                "WRITE_TOKEN_FILE": str(token),
            },
        )
        undo.callback(indexgd.wait)
        undo.callback(indexgd.terminate)
        wait_until(lambda: answers(f"http://{fwss}:5555/health"), "an answer of FWSS", 60)
        wait_until(lambda: answers(f"http://127.0.0.1:{PORT}/health"), "an answer of indexGD", 20)

        def query(statement: str, *values: Any) -> list[tuple[Any, ...]]:
            connection = psycopg2.connect(
                host=database, user="epos_app", password=secret.read_text(),
                dbname="gnss-europe-v0-2-14",
            )  # fmt: skip
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                rows = cursor.fetchall()
            connection.close()
            return rows

        yield query


def test_rows_equal_the_truth_and_a_second_index_changes_nothing(
    running_stack: Query, archive: Path
) -> None:
    first = indexed()
    assert first["errors"] == []
    assert first["inserted"] == first["found"] > 0
    again = indexed()
    assert again["unchanged"] == first["found"]
    assert again["read"] == 0

    rows = running_stack("select name, file_size, md5checksum, md5uncompressed from rinex_file")
    with (archive / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = [
            (row["file"], int(row["file_size"]), row["md5_file"], row["md5_uncompressed"])
            for row in csv.DictReader(file)
        ]
    assert sorted(rows) == sorted(truth)
    assert running_stack("select count(*) from rinex_file where revision_date is not null") == [
        (0,)
    ]
