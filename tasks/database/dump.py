"""Carrying databases out of a container: a folder with a file of SQL each, and what is in them."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path

from errors import EposVirtError, WrongInput
from runs.telling import tell
from state import made_beside, replace_text
from tasks.database.contents import FILE, READ, WHOLE, Contents, Figures, dumped, figures_of, usable
from tasks.database.server import DatabaseServer, script

CUT = b"-- here begins the dump\n"
TOLD_EVERY = 50_000_000  # bytes
# Figures and dump see the same moment, whatever is written meanwhile.
DUMP = rf"""
begin isolation level repeatable read read only;
select pg_export_snapshot() as snapshot \gset
\setenv SNAPSHOT :snapshot
{READ}
\qecho '{CUT.decode().strip()}'
\! exec pg_dump --snapshot="$SNAPSHOT" --encoding=UTF8
"""


def dump(server: DatabaseServer, environment: str, application: str, folder: Path) -> Contents:
    """Dump every database of a server into a folder, which appears when it is whole.

    Raises:
        WrongInput: the folder is there already.
        EposVirtError: a database could not be dumped.
    """
    if folder.exists():
        raise WrongInput(f"{folder} is there already", remedy="name one that is not")
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    with made_beside(folder.absolute()) as unfinished:
        unfinished.mkdir(mode=0o700)
        contents = _dumped(server, environment, application, unfinished)
        if folder.exists():
            raise WrongInput(f"{folder} is there by now", remedy="name one that is not")
    return contents


def _dumped(server: DatabaseServer, environment: str, application: str, folder: Path) -> Contents:
    names = server.databases()
    for name in names:
        try:
            usable(name)
        except ValueError as error:
            raise WrongInput(str(error), remedy="rename it") from None
    made_at = datetime.now().astimezone()
    [version] = server.ask("show server_version;")
    found = {name: _dump(server, name, folder) for name in names}
    contents = Contents(
        environment=environment,
        application=application,
        made_at=made_at,
        version=version,
        databases=found,
    )
    replace_text(folder / FILE, contents.model_dump_json(indent=2) + "\n")
    return contents


def _dump(server: DatabaseServer, database: str, folder: Path) -> dict[str, Figures]:
    tell(f"{database}: reading")
    output = server.run(script(DUMP), database)
    figures, rest = _until_cut(output)
    last = b""
    size = told = 0
    with gzip.open(dumped(folder, database), "wb") as file:
        for piece in chain((rest,), output):
            file.write(piece)
            last = (last + piece)[-1000:]
            size += len(piece)
            if size - told > TOLD_EVERY:
                tell(f"{database}: {size / 1e6:.0f} MB")
                told = size
    if WHOLE not in last:
        raise EposVirtError(
            f"{database}: its dump ended too early",
            seen=last.decode(errors="replace")[-300:],
            remedy=f"python -m flows.logs {server.container.name} may say why",
        )
    return figures_of(figures)


def _until_cut(output: Iterator[bytes]) -> tuple[list[str], bytes]:
    """Give the lines before the dump, and what came of it with them."""
    data = b""
    while CUT not in data:
        try:
            data += next(output)
        except StopIteration:
            raise EposVirtError(
                "the database said nothing of its tables",
                seen=data.decode(errors="replace")[-300:],
                remedy="see that it answers: python -m flows.ps",
            ) from None
    before, _, rest = data.partition(CUT)
    return before.decode().splitlines(), rest
