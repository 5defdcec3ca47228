"""What `python -m flows.ps|logs|stop|start|rm` have in common."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deployments.load import load_environment
from flows.command import DEFAULT_ENVIRONMENT, guarded
from flows.session import open_session
from runs.lock import server_lock
from runs.state import state_folder
from tasks.instance_verb import Verbs, find

EPILOG = "exit status: 0 done, 1 failed, 2 wrong input or usage, 130 interrupted"


def parser(verb: str, description: str, *, names: str = "") -> argparse.ArgumentParser:
    """Make the parser of `python -m flows.VERB`.

    Args:
        verb: the module's name.
        description: what `--help` says.
        names: "1" for one name, "+" for one or more, empty for none.
    """
    made = argparse.ArgumentParser(
        prog=f"python -m flows.{verb}", description=description, epilog=EPILOG
    )
    if names:
        help_ = "domU, container or unikernel, by its name in the environment"
        made.add_argument("name", nargs=names if names == "+" else 1, metavar="NAME", help=help_)
    made.add_argument(
        "-e",
        "--environment",
        type=Path,
        default=DEFAULT_ENVIRONMENT,
        metavar="FILE",
        help="the environment's YAML file (default: %(default)s)",
    )
    return made


@contextmanager
def opened(environment_file: Path, names: Sequence[str], *, alone: bool) -> Iterator[list[Verbs]]:
    """Open what is named; wrong names end it before any connection is made.

    Args:
        environment_file: the environment.
        names: what to act on.
        alone: keep every other run away from the server meanwhile.
    """
    environment = load_environment(environment_file)
    things = [find(environment, name) for name in names]
    with open_session(environment, builds=False) as session:
        session.folder = state_folder("runs", "by-hand")

        def verbs() -> list[Verbs]:
            return [
                Verbs(environment, session.connections, thing, session.folder, tell)
                for thing in things
            ]

        if not alone:
            yield verbs()
            return
        with server_lock(environment.server.name, f"a command on {', '.join(names)}"):
            yield verbs()


def each(asked: argparse.Namespace, act: Callable[[Verbs], str]) -> int:
    """Do one thing to every name and print how it ended; gives the exit status."""

    def work() -> int:
        with opened(asked.environment, asked.name, alone=True) as all_verbs:
            for verbs in all_verbs:
                sys.stdout.write(f"{verbs.name}: {act(verbs)}\n")
                sys.stdout.flush()
        return 0

    return guarded(work)


def tell(line: str) -> None:
    """Show progress."""
    sys.stderr.write(f"{line}\n")
