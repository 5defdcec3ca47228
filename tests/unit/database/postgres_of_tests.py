"""A container with PostgreSQL as its engine shows it: SQL is understood as far as is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast

from tasks.database.contents import READ, WHOLE
from tasks.database.dump import CUT
from tasks.database.server import HEAD, DatabaseServer

Said = tuple[int, bytes, bytes]  # status, standard output, standard error
OUT, ERR = 1, 2  # of Docker's frames
DUMPED = b"create table station();\n" + WHOLE + b"\n"


class EngineOfTests:
    """Answers commands in one container over frames, as Docker's does.

    Args:
        answer: what a command in a database gives.
        piece: bytes of a frame.
    """

    def __init__(self, answer: Callable[[str, str], Said], piece: int = 1000) -> None:
        self.answer, self.piece = answer, piece
        self.told: list[tuple[str, str]] = []
        self.closed = 0
        self.taken: list[tuple[str, bytes]] = []
        self.name, self.id = "epos-database", "1"
        self.client = SimpleNamespace(api=self)

    def exec_create(self, _container: str, argv: list[str], environment: Any) -> dict[str, str]:
        self.told.append((environment["PGDATABASE"], argv[-1]))
        return {"Id": str(len(self.told) - 1)}

    def exec_start(self, number: str, *, socket: bool) -> Any:
        assert socket
        self.status, out, err = self.answer(*self.told[int(number)])
        stream = BytesIO(b"".join((*self._frames(ERR, err), *self._frames(OUT, out))))
        raw = SimpleNamespace(_fp=SimpleNamespace(fp=stream))
        return SimpleNamespace(_response=SimpleNamespace(raw=raw, close=self._close))

    def exec_inspect(self, _number: str) -> dict[str, int]:
        return {"ExitCode": self.status}

    def put_archive(self, folder: str, pieces: Iterator[bytes]) -> None:
        self.taken.append((folder, b"".join(pieces)))

    def _frames(self, stream: int, data: bytes) -> Iterator[bytes]:
        for first in range(0, len(data), self.piece):
            part = data[first : first + self.piece]
            yield HEAD.pack(stream, len(part)) + part

    def _close(self) -> None:
        self.closed += 1


def server_with(engine: EngineOfTests) -> DatabaseServer:
    """Give the server in such a container."""
    return DatabaseServer(cast(Any, engine), "centos7-VM")


def figures(**tables: int) -> str:
    """Give what READ answers of tables with so many rows."""
    return "".join(json.dumps({name: [rows, f"{rows}00"]}) + "\n" for name, rows in tables.items())


@dataclass
class Postgres:
    """The databases of a cluster, each as what READ answers of it.

    Args:
        databases: by name.
        restored: what READ answers of a dump that was restored.
        dump: what pg_dump writes.
        marked: whether the image knows that no migration is due.
    """

    databases: dict[str, str]
    restored: str = ""
    dump: bytes = DUMPED
    marked: bool = True
    renamed: list[str] = field(default_factory=list)

    def answer(self, database: str, command: str) -> Said:
        return 0, self._answer(database, command), b""

    def _answer(self, database: str, command: str) -> bytes:
        if "from pg_database" in command:
            names = [name for name in self.databases if not name.endswith((".before", ".restored"))]
            return "".join(f"{name}\n" for name in names).encode()
        if "pg_dump" in command:
            return self.databases[database].encode() + CUT + self.dump
        if READ in command:
            return self.databases[database].encode()
        for part, said in {
            "show server_version;": b"17.6\n",
            "show data_directory;": b"/data/cluster\n",
            "id -u": b"70\n",
            "ls /data/cluster/schema.version": b"there\n" if self.marked else b"",
        }.items():
            if part in command:
                return said
        if command.startswith("gzip -dc"):
            self.databases[database] = self.restored
        if command.startswith("rm -f "):
            self.marked = False
        for name in re.findall(r'drop database (?:if exists )?"(.+?)"', command):
            self.databases.pop(name, None)
        for have, wanted in re.findall(r'alter database "(.+?)" rename to "(.+?)"', command):
            self.databases[wanted] = self.databases.pop(have)
            self.renamed.append(f"{have} to {wanted}")
        return b""
