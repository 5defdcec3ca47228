"""A database that runs is dumped before its container is made anew, with another image perhaps."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from blocks.connections import Connections
from deployments.model import Application, Environment
from errors import EposVirtError
from runs.telling import tell
from state import state_folder
from tasks.database.dump import dump
from tasks.database.server import DatabaseServer, database_server, databases_of

KEPT = 7  # backups of each application; an operator's own dumps are elsewhere


def backups_of(environment: str, application: str) -> list[Path]:
    """Give an application's backups on this machine, oldest first."""
    made = re.compile(rf"{re.escape(application)}-\d{{8}}T\d{{6}}Z")
    folder = state_folder("backups", environment)
    return sorted(path for path in folder.iterdir() if made.fullmatch(path.name))


def backups(environment: Environment, connections: Connections) -> dict[str, Callable[[], None]]:
    """Give what dumps each database of an environment, by its application."""

    def of(application: Application) -> None:
        server = database_server(connections, application)
        back_up(server, environment.name, application.name)

    return {one.name: partial(of, one) for one in databases_of(environment)}


def back_up(server: DatabaseServer, environment: str, application: str) -> None:
    """Dump what the server holds into the state folder's backups/ENVIRONMENT.

    One that gives no answer is not dumped: what follows may be what mends it, and leaves its data
    where they are. `python -m flows.database restore FOLDER` restores a backup.

    Raises:
        EposVirtError: it answers, but could not be dumped.
    """
    try:
        server.databases()
    except EposVirtError as error:
        tell(f"{application} gives no answer and is not dumped: {error.what}")
        return
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = state_folder("backups", environment) / f"{application}-{moment}"
    contents = dump(server, environment, application, folder)
    rows = sum(contents.rows(name) for name in contents.databases)
    tell(f"{application}: {rows} rows are in {folder}")
    for old in backups_of(environment, application)[:-KEPT]:
        shutil.rmtree(old)
