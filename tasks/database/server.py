"""A container with PostgreSQL: its superuser, and files, by way of the engine."""

from __future__ import annotations

import struct
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blocks.connections import Connections
from deployments.model import Application, Environment
from errors import EposVirtError
from tasks.application import described
from tasks.container.compose_file import container_name
from tasks.container.engine import asking

if TYPE_CHECKING:
    from docker.models.containers import Container

PSQL = "psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1"
PIECE = 1 << 20  # bytes
HEAD = struct.Struct(">BxxxL")  # of a frame: its stream, and its length in bytes
STDOUT = 1  # of the streams of Docker's frames
LAST = 2000  # characters of what a failing command said


@dataclass(frozen=True)
class DatabaseServer:
    """PostgreSQL in a container, used from inside, where its superuser needs no password.

    Args:
        container: it runs; its user is the server's own.
        host: the machine whose engine has it.
    """

    container: Container
    host: str

    def run(self, command: str, database: str = "postgres") -> Iterator[bytes]:
        """Run a shell command with the superuser's settings; gives its output as it comes.

        Raises:
            EposVirtError: it failed; tells what it said last.
        """
        api = self.container.client.api  # type: ignore[union-attr]
        who = {"PGHOST": "/run/postgresql", "PGUSER": "postgres", "PGDATABASE": database}
        said = ""
        with asking(self.host, f"run a command in {self.container.name}"):
            started = api.exec_create(self.container.id, ["sh", "-c", command], environment=who)
            for stream, data in _frames(api.exec_start(started["Id"], socket=True)):
                if stream == STDOUT:
                    yield data
                else:
                    said = (said + data.decode(errors="replace"))[-LAST:]
            status = api.exec_inspect(started["Id"])["ExitCode"]
        if status:
            raise EposVirtError(
                f"{self.host}: a command in {self.container.name} ended with status {status}",
                seen=said.strip() or "it said nothing",
                remedy=f"python -m flows.logs {self.container.name} may say more",
            )

    def ask(self, sql: str, database: str = "postgres") -> list[str]:
        """Carry out SQL and psql's own commands in one session; gives the lines it answers."""
        answer = b"".join(self.run(script(sql), database))
        return answer.decode().splitlines()

    def databases(self) -> list[str]:
        """Name the databases of applications: all but templates, the superuser's and set aside."""
        return self.ask(
            "select datname from pg_database where not datistemplate and datname <> 'postgres'"
            " and datname !~ '[.](before|restored)$' order by datname;"
        )

    def put(self, file: Path, folder: str, name: str) -> None:
        """Put a file of this machine into a folder of the container, as its user's own."""
        [owner] = b"".join(self.run("id -u")).decode().split()
        with asking(self.host, f"take {file.name}"):
            self.container.put_archive(folder, tarred(file, name, int(owner)))


def databases_of(environment: Environment) -> list[Application]:
    """Give the containers of an environment that are PostgreSQL."""
    return [
        application
        for application in environment.containers
        if described(environment, application).protocol == "postgresql"
    ]


def database_server(connections: Connections, application: Application) -> DatabaseServer:
    """Find the server in an application's container."""
    host = str(application.domu)
    with asking(host, f"find {application.name}"):
        containers = connections.engine(host).containers
        return DatabaseServer(containers.get(container_name(application.name)), host)


def _frames(socket: Any) -> Iterator[tuple[int, bytes]]:
    """Give what comes over a command's socket, by stream; close it in the end.

    The SDK's own ways read the bare socket: what came together with the answer's head is in the
    buffer above it, and would be lost. And they leave it open.
    """
    response = socket._response
    try:
        buffered = response.raw._fp.fp
        while len(head := buffered.read(HEAD.size)) == HEAD.size:
            stream, size = HEAD.unpack(head)
            yield stream, buffered.read(size)
    finally:
        response.close()


def tarred(file: Path, name: str, owner: int) -> Iterator[bytes]:
    """Give a tar archive of one file, piece by piece."""
    about = tarfile.TarInfo(name)
    about.size, about.mode, about.uid = file.stat().st_size, 0o600, owner
    yield about.tobuf()
    with file.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece
    yield bytes(-about.size % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE)


def script(sql: str) -> str:
    """Give the shell command that carries out SQL as one session of psql."""
    return f"{PSQL} --file=- <<'END-OF-SQL'\n{sql}\nEND-OF-SQL\n"
