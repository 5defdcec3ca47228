"""Restoring a dump: beside what is there, compared with what was dumped, then put in its place."""

from __future__ import annotations

import gzip
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from errors import EposVirtError, WrongInput
from runs.telling import tell
from runs.wait import wait_until
from tasks.database.contents import READ, WHOLE, Contents, Figures, different, dumped, figures_of
from tasks.database.server import PSQL, DatabaseServer

VERSIONS = "schema_version"  # table of the migrations that a database has had
MARK = "schema.version"  # beside a cluster: without it the image looks which migrations are due
PIECE = 1 << 20  # bytes


def restore(server: DatabaseServer, folder: Path, contents: Contents) -> bool:
    """Put the databases of a dump in the place of those of the same names.

    All of them change places in one transaction; what was there stays as NAME.before until the
    next restoration. A database that is as in the dump already is left alone, so that the same
    command again, after a kill at any point, neither changes anything twice nor loses what was
    there first.

    Returns:
        whether the server's container has to be started anew: it brings an earlier schema up to
        date.

    Raises:
        WrongInput: a file of the dump is not whole, or of a later schema than the server's.
        EposVirtError: what was restored is not what was dumped; nothing was replaced.
    """
    for name in contents.databases:
        check_whole(dumped(folder, name))
    here = {name: figures_of(server.ask(READ, name)) for name in server.databases()}
    for name, wanted in contents.databases.items():
        refuse_later(name, wanted, here.get(name, {}))
    due = [
        name
        for name, wanted in contents.databases.items()
        if name not in here or different(wanted, here[name])
    ]
    [cluster] = server.ask("show data_directory;")
    for name in due:
        tell(f"{name}: restoring {contents.rows(name)} rows beside what is there")
        _load(server, dumped(folder, name), name, str(PurePosixPath(cluster).parent))
        found = figures_of(server.ask(READ, f"{name}.restored"))
        if differs := different(contents.databases[name], found):
            server.ask(f"drop database {quoted(f'{name}.restored')} with (force);")
            raise EposVirtError(
                f"{name}: what was restored is not what was dumped; nothing was replaced",
                seen=differs,
                remedy=f"see whether {dumped(folder, name)} is as it was made",
            )
        tell(f"{name}: equals what was dumped")
    mark = shlex.quote(f"{cluster}/{MARK}")
    if due:
        list(server.run(f"rm -f {mark}"))
        _put_in_place(server, due, [name for name in due if name in here])
    return not b"".join(server.run(f"ls {mark} 2>/dev/null || :"))


def check_whole(file: Path) -> None:
    """Read a file of a dump to its end.

    Raises:
        WrongInput: it was cut off, or is damaged.
    """
    last = b""
    try:
        with gzip.open(file) as stream:
            while piece := stream.read(PIECE):
                last = (last + piece)[-1000:]
    except (OSError, EOFError) as error:
        raise WrongInput(f"{file} is damaged", seen=str(error), remedy="fetch it again") from None
    if WHOLE not in last:
        raise WrongInput(
            f"{file} was cut off",
            seen=last[-200:].decode(errors="replace"),
            remedy="fetch it again",
        )


def refuse_later(database: str, wanted: Mapping[str, Figures], here: Mapping[str, Figures]) -> None:
    """Refuse a dump with more migrations than the server's own database has had.

    Raises:
        WrongInput: it has.
    """
    version, known = (figures.get(VERSIONS, (0, ""))[0] for figures in (wanted, here))
    if here and version > known:
        raise WrongInput(
            f"the dump's {database} has version {version} of the schema, the server's {known}",
            remedy="deploy the version of this project that made the dump, or a later one",
        )


def _load(server: DatabaseServer, file: Path, database: str, volume: str) -> None:
    """Restore into a database of its own, by way of a file on the server's volume."""
    restored = f"{database}.restored"
    server.ask(
        f"drop database if exists {quoted(restored)} with (force);\n"
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


def _put_in_place(server: DatabaseServer, databases: Sequence[str], there: Sequence[str]) -> None:
    """Set aside what is there, and give its names to what was restored, in one transaction."""
    for name in there:
        server.ask(f"drop database if exists {quoted(f'{name}.before')} with (force);")
    ended = [
        "select pg_terminate_backend(pid) from pg_stat_activity"
        f" where datname in ({', '.join(literal(name) for name in databases)});"
    ]
    aside = [f"alter database {quoted(n)} rename to {quoted(f'{n}.before')};" for n in there]
    back = [f"alter database {quoted(f'{n}.restored')} rename to {quoted(n)};" for n in databases]

    def done() -> bool:
        try:
            server.ask("\n".join([*ended, "begin;", *aside, *back, "commit;"]))
        except EposVirtError as error:
            if "is being accessed by other users" not in error.seen:
                raise
            return False  # somebody connected between the two: once more
        return True

    wait_until(
        done,
        what=f"{', '.join(databases)} without connections",
        within=60,
        remedy="stop the applications that use them: python -m flows.stop",
    )


def quoted(name: str) -> str:
    """Write a name as SQL does."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Write a text as SQL does."""
    return "'" + text.replace("'", "''") + "'"
