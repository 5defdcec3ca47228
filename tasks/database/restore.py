"""Restoring a dump: beside what is there, compared with what was dumped, then put in its place."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from errors import EposVirtError, WrongInput
from runs.telling import tell
from tasks.database.contents import READ, Contents, Figures, different, dumped, figures_of
from tasks.database.server import PSQL, DatabaseServer

VERSIONS = "schema_version"  # table of the migrations that a database has had
MARK = "schema.version"  # beside a cluster: without it the image looks which migrations are due


def restore(server: DatabaseServer, folder: Path, contents: Contents) -> None:
    """Put the databases of a dump in the place of those of the same names.

    What was there stays as NAME.before, until the next restoration.
    Killed at any point, the databases are those before or those of the dump; the same command
    again finishes it. The server's container has to be started anew afterwards: it brings an
    earlier schema up to date.

    Raises:
        WrongInput: the dump is of a later schema than the server's.
        EposVirtError: what was restored is not what was dumped; nothing was replaced.
    """
    for name, wanted in contents.databases.items():
        refuse_later(server, name, wanted)
    [cluster] = server.ask("show data_directory;")
    for name, wanted in contents.databases.items():
        tell(f"{name}: restoring {contents.rows(name)} rows beside it")
        _load(server, dumped(folder, name), name, str(PurePosixPath(cluster).parent))
        if differs := different(wanted, figures_of(server.ask(READ, f"{name}.restored"))):
            server.ask(f"drop database {quoted(f'{name}.restored')};")
            raise EposVirtError(
                f"{name}: what was restored is not what was dumped; nothing was replaced",
                seen=differs,
                remedy=f"see whether {dumped(folder, name)} is as it was made",
            )
    for name in contents.databases:
        tell(f"{name}: equals what was dumped; put in its place")
        _put_in_place(server, name)
    list(server.run(f"rm -f {shlex.quote(f'{cluster}/{MARK}')}"))


def refuse_later(server: DatabaseServer, database: str, wanted: Mapping[str, Figures]) -> None:
    """Refuse a dump with more migrations than the server's own database has had.

    Raises:
        WrongInput: it has.
    """
    if database not in server.databases():
        return
    here = figures_of(server.ask(READ, database)).get(VERSIONS, (0, ""))[0]
    there = wanted.get(VERSIONS, (0, ""))[0]
    if there > here:
        raise WrongInput(
            f"the dump's {database} has version {there} of the schema, the server's {here}",
            remedy="deploy the version of this project that made the dump, or a later one",
        )


def _load(server: DatabaseServer, file: Path, database: str, volume: str) -> None:
    """Restore into a database of its own, by way of a file on the server's volume."""
    restored = f"{database}.restored"
    server.ask(
        f"drop database if exists {quoted(restored)};\n"
        f"create database {quoted(restored)} template template0;"
    )
    place = f"{volume}/restoring"
    list(server.run(f"mkdir -p -m 0700 {shlex.quote(place)}"))
    try:
        server.put(file, place, "dump.sql.gz")
        load = f"gzip -dc {shlex.quote(place)}/dump.sql.gz | {PSQL} --output=/dev/null"
        list(server.run(load, restored))
    finally:
        list(server.run(f"rm -rf {shlex.quote(place)}"))


def _put_in_place(server: DatabaseServer, database: str) -> None:
    """Set aside what is there, and give its name to what was restored, in one transaction."""
    name, before, restored = (quoted(database + end) for end in ("", ".before", ".restored"))
    is_there = server.ask(f"select 1 from pg_database where datname = {literal(database)};")
    aside = f"alter database {name} rename to {before};" if is_there else ""
    if is_there:
        server.ask(
            f"alter database {name} with allow_connections false;\n"
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            f" where datname = {literal(database)};\n"
            f"drop database if exists {before};"
        )
    server.ask(f"begin;\n{aside}\nalter database {restored} rename to {name};\ncommit;")
    if is_there:
        server.ask(f"alter database {before} with allow_connections true;")  # for who looks


def quoted(name: str) -> str:
    """Write a name as SQL does."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a text as SQL does."""
    return "'" + text.replace("'", "''") + "'"
