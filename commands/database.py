"""Dump an environment's databases into a folder, or restore them from it.

A dump is of one moment, whatever is written meanwhile, and holds of each table how many rows it has
and what they are in sum. What is restored is compared with that before it takes the place of what
is there, which stays in the server as NAME.before until the next restoration.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commands import instances
from commands.command import EPILOG, confirm_by_name, guarded, plain_parser
from errors import WrongInput
from runs.telling import on_stderr, told_to

if TYPE_CHECKING:
    from deployments.model import Application, Environment
    from flows.session import Session
    from tasks.database.contents import Contents
    from tasks.database.server import DatabaseServer
    from tasks.instance.thing import Thing

ALREADY = "is as in the dump already"
EXAMPLES = f"""\
examples:
  python -m flows.database dump backup-of-today
  python -m flows.database restore backup-of-today

{EPILOG}
"""


def parser(prog: str = "python -m flows.database") -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = plain_parser(prog, str(__doc__), EXAMPLES)
    verbs = made.add_subparsers(dest="verb", required=True, metavar="dump|restore")
    for verb, does in (("dump", "write a new folder"), ("restore", "restore from a folder; asks")):
        one = verbs.add_parser(verb, help=does, description=does)
        one.add_argument("folder", type=Path, help="the folder of the dump")
        instances.add_environment(one)
        one.add_argument(
            "--name", help="the application that is the database server, where there are several"
        )
        one.add_argument("-o", "--output", choices=("table", "json"), default="table")
    one.add_argument("--yes", action="store_true", help="do not ask")
    return made


def main(arguments: Sequence[str] | None = None, prog: str = "python -m flows.database") -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)
    return guarded(lambda: _dump(asked) if asked.verb == "dump" else _restore(asked))


def _dump(asked: argparse.Namespace) -> int:
    from tasks.database.dump import dump

    environment, application = _found(asked)
    if asked.folder.exists():
        raise WrongInput(f"{asked.folder} is there already", remedy="name one that is not")
    with (
        instances.opened(asked.environment, [application.name], alone=False) as (session, _),
        told_to(on_stderr),
    ):
        server = _server(session, application)
        contents = dump(server, environment.name, application.name, asked.folder)
    _show(asked, contents)
    return 0


def _restore(asked: argparse.Namespace) -> int:
    from tasks.database.contents import read_contents
    from tasks.database.restore import restore

    contents = read_contents(asked.folder)
    environment, application = _found(asked)
    name, other = environment.name, f"{contents.environment}, {contents.made_at:%c}"
    confirm_by_name(f"replaces the databases of {name} by those of {other}", name, yes=asked.yes)
    with (
        instances.opened(asked.environment, [application.name], alone=True) as (session, [thing]),
        instances.recorded(session, "restore") as run,
        told_to(on_stderr),
    ):

        def act(thing: Thing) -> bool:
            if not restore(_server(session, application), asked.folder, contents):
                return False
            thing.stop()
            return thing.start()

        instances.act_on(session, run, thing, instances.Verb("restore", act, "restored", ALREADY))
    _show(asked, contents)
    return 0


def _found(asked: argparse.Namespace) -> tuple[Environment, Application]:
    """Find the environment's database server.

    Raises:
        WrongInput: there is none, or several and none is named.
    """
    from deployments.load import load_environment
    from tasks.database.server import databases_of

    environment = load_environment(asked.environment)
    servers = databases_of(environment)
    names = [application.name for application in servers]
    chosen = [one for one in servers if asked.name in (None, one.name)]
    if len(chosen) != 1:
        raise WrongInput(
            f"{environment.path}: "
            + (f"no container {asked.name!r} is a database" if asked.name else "which database?"),
            seen=f"containers with PostgreSQL: {', '.join(names) or 'none'}",
            remedy="name one: --name",
        )
    return environment, chosen[0]


def _server(session: Session, application: Application) -> DatabaseServer:
    from tasks.database.server import database_server

    return database_server(session.connections, application)


def _show(asked: argparse.Namespace, contents: Contents) -> None:
    from history import grid
    from tasks.database.contents import dumped

    if asked.output == "json":
        sys.stdout.write(json.dumps(contents.model_dump(mode="json")) + "\n")
        return
    rows = [
        (
            name,
            len(contents.tables(name)),
            contents.rows(name),
            f"{_megabytes(dumped(asked.folder, name)):.2f}",
        )
        for name in contents.databases
    ]
    header = ("database", "tables", "rows", "MB")
    sys.stdout.write(grid.plain(grid.grid(header, rows, right=[1, 2, 3])) + "\n")


def _megabytes(file: Path) -> float:
    return file.stat().st_size / 1e6


if __name__ == "__main__":
    sys.exit(main())
