"""One run at a time on a server: what its lock is called, who may hold it, who is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from blocks.doors import USUAL, Doors
from blocks.ssh_config import target_of
from deployments.model import Environment
from runs.lock import refuse_held, server_lock


@contextmanager
def alone_on(environment: Environment, doors: Doors, holder: str) -> Iterator[None]:
    """Keep every other run of this machine away from a run's server while the block runs.

    Raises:
        EposVirtError: another run is there; names it.
    """
    with ExitStack() as locks:
        for name in _names(environment, doors):
            locks.enter_context(server_lock(name, holder))
        yield


def refuse_second(environment: Environment) -> None:
    """Look whether a run is at work on an environment's server, before anything slow is started.

    Raises:
        EposVirtError: one is; names it.
    """
    for name in _names(environment, USUAL):
        refuse_held(name)


def _names(environment: Environment, doors: Doors) -> list[str]:
    """Name a server as the environment does, and by its address, which may have several names.

    The address is that of the block that leads there, or of the environment; a lab is known by
    its name only.
    """
    server = environment.server
    reached = doors.server or (target_of(server.name, server.ssh) if server.ssh else None)
    names = [server.name, *([f"{reached.host}-{reached.port}"] if reached else [])]
    return list(dict.fromkeys(names))
