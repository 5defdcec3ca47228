"""What ps, logs, stop, start and rm have in common."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commands.command import guarded, plain_parser
from deployments.default import DEFAULT_ENVIRONMENT
from runs.telling import on_stderr, told_to

if TYPE_CHECKING:
    from flows.session import Session
    from history.state import RunState
    from tasks.instance.thing import Thing


def parser(prog: str, description: str, *, names: str = "") -> argparse.ArgumentParser:
    """Make the parser of one of them.

    Args:
        prog: how it was called.
        description: what `--help` says.
        names: "1" for one name, "+" for one or more, empty for none.
    """
    made = plain_parser(prog, description)
    if names:
        help_ = "domU, container or unikernel, by its name in the environment"
        made.add_argument("name", nargs=names if names == "+" else 1, metavar="NAME", help=help_)
    add_environment(made)
    return made


def add_environment(parser: argparse.ArgumentParser) -> None:
    """Let a parser take the environment by option, where its words are names."""
    parser.add_argument(
        "-e",
        "--environment",
        type=Path,
        default=DEFAULT_ENVIRONMENT,
        metavar="FILE",
        help="the environment's YAML file (default: %(default)s)",
    )


@dataclass(frozen=True)
class Verb:
    """Something that is done to each name: what it is called, and how it ends in words.

    Args:
        name: as the command is called.
        act: does it; tells whether there was anything to do.
        done: what is said where there was.
        not_needed: what is said where there was not.
    """

    name: str
    act: Callable[[Thing], bool]
    done: str
    not_needed: str


@contextmanager
def opened(
    environment_file: Path, names: Sequence[str], *, alone: bool
) -> Iterator[tuple[Session, list[Thing]]]:
    """Open what is named; wrong names end it before any connection is made.

    Args:
        environment_file: the environment.
        names: what to act on.
        alone: keep every other run away from the server meanwhile.
    """
    from deployments.load import load_environment

    environment = load_environment(environment_file)

    from blocks.doors import USUAL
    from flows.alone import alone_on
    from flows.session import open_session
    from state import state_place
    from tasks.instance.find import find

    named = [find(environment, name) for name in names]
    with open_session(environment, builds=False) as session:
        session.folder = state_place("runs", "by-hand")
        techniques = session.techniques()
        things = [techniques.of(one) for one in named]
        if not alone:
            yield session, things
            return
        with alone_on(environment, USUAL, f"a command on {', '.join(names)}"):
            yield session, things


def each(asked: argparse.Namespace, verb: Verb) -> int:
    """Do one thing to every name and print how it ended; gives the exit status.

    It is a run of the history, with a step for each name.
    """

    def work() -> int:
        with (
            opened(asked.environment, asked.name, alone=True) as (session, things),
            recorded(session, verb.name) as run,
            told_to(on_stderr),
        ):
            for thing in things:
                said = act_on(session, run, thing, verb)
                sys.stdout.write(f"{thing.name}: {said}\n")
                sys.stdout.flush()
        return 0

    return guarded(work)


@contextmanager
def recorded(session: Session, flow: str) -> Iterator[str]:
    """Record a run around the block; gives its id."""
    from flows.session import known_platform

    environment = session.environment
    run = session.history.begin_run(flow, environment.name, known_platform(session))
    state: RunState = "failed"
    try:
        yield run
        state = "done"
    except KeyboardInterrupt:
        state = "cancelled"
        raise
    finally:
        session.history.end_run(run, state)


def act_on(session: Session, run: str, thing: Thing, verb: Verb) -> str:
    """Do it to one thing, as a step of the run; gives how it ended in words."""
    step = session.history.begin_step(run, f"{verb.name} {thing.name}", thing.host)
    try:
        changed = verb.act(thing)
    except Exception as error:
        told = session.conceal(str(error)) or type(error).__name__
        session.history.end_step(step, "failed", False, told.splitlines()[0], evidence=told)
        raise
    said = verb.done if changed else verb.not_needed
    session.history.end_step(step, "changed" if changed else "unchanged", changed, said)
    return said
