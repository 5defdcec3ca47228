"""The node's own programs, started as they ship: on loopback, with what a test gives them."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runs.wait import wait_until
from tests import needs
from tests.patience import LONGEST

APPS = Path(__file__).parents[1] / "apps"
DRIVER = "/usr/share/java/postgresql.jar"
JAVA = ("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx16m", "-Xss512k")


@dataclass
class Program:
    """A program that runs: where it listens, and what it printed."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Ask; give status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST)
        try:
            connection.request(method, path, body, headers)
            answered = connection.getresponse()
            return answered.status, answered.read()
        finally:
            connection.close()

    def send(self, request: bytes) -> bytes:
        """Send bytes as they are; give what is answered."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=LONGEST) as connection:
            connection.sendall(request)
            answered = b""
            while chunk := connection.recv(65536):
                answered += chunk
        return answered

    def printed(self) -> str:
        return self.log.read_text(errors="surrogateescape")


@contextmanager
def running(name: str, command: Sequence[str], folder: Path, **settings: str) -> Iterator[Program]:
    """Run a program that answers /health on PORT while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = folder / f"{name}.log"
    usual = {"PATH": os.environ["PATH"], "PORT": str(port), "PYTHONPATH": ""}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**usual, **settings}, stdout=output, stderr=output, cwd=folder
        )
    program = Program(name, port, process, log)

    def answers() -> Any:
        assert process.poll() is None, program.printed()
        return program.ask("GET", "/health")

    try:
        wait_until(answers, what=f"an answer of {name}", within=60, every=0.05, remedy="")
        yield program
    finally:
        process.terminate()
        process.wait()


def indexgd(folder: Path, archive: Path, **settings: str) -> Any:
    """Run indexGD over an archive."""
    needed = Path(sys.prefix, "lib").glob("python3*/site-packages/hatanaka/bin/crx2rnx")
    settings = {"ARCHIVE": str(archive), "CRX2RNX": str(next(needed)), **settings}
    program = [sys.executable, "-S", "-B", str(APPS / "indexgd/main.py")]
    return running("indexGD", program, folder, **settings)


def runqc(folder: Path, archive: Path, **settings: str) -> Any:
    """Run RunQC over an archive."""
    program = ["perl", str(APPS / "runqc/main.pl")]
    return running("RunQC", program, folder, ARCHIVE=str(archive), **settings)


def fwss(folder: Path, token: str, **settings: str) -> Any:
    """Run FWSS; whose database, unless one is given, is not there."""
    (folder / "write_token").write_text(token)
    settings = {
        "DATABASE_ADDRESS": "127.0.0.1:1",
        "DATABASE_PASSWORD_FILE": str(folder / "write_token"),
        "WRITE_TOKEN_FILE": str(folder / "write_token"),
        **settings,
    }
    return running("FWSS", [sys.executable, str(APPS / "fwss/web_server.py")], folder, **settings)


def sync(folder: Path, classes: Path, **settings: str) -> Any:
    """Run EPOS_Sync_System as compiled; its database, unless one is given, is not there."""
    program = [*JAVA, "-cp", f"{classes}:{DRIVER}", "epos.sync.Main"]
    return running("EPOS_Sync_System", program, folder, **settings)


def compiled_sync(folder: Path) -> Path:
    """Compile EPOS_Sync_System as the toolchain does but for an older Java."""
    javac = needs.program("javac", package="default-jdk-headless")
    needs.file(DRIVER, package="libpostgresql-jdbc-java")
    sources = APPS / "sync" / "src" / "main"
    shutil.copytree(sources / "resources", folder, dirs_exist_ok=True)
    files = sorted(str(path) for path in (sources / "java").rglob("*.java"))
    done = subprocess.run(
        [javac, "--release", "17", "-Xlint:all,-classfile,-processing", "-Werror",
         "-d", str(folder), "-cp", DRIVER, *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder
