"""A server looked at before anything is done to it: line by line, what would work and what not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from blocks.connection import Connection
from deployments.model import Environment
from tasks.doctor import network, storage, system, way
from tasks.doctor.finding import Finding, fails, note, told
from tasks.server.lab import lab_status, room_of

Look = Callable[[], Iterator[Finding]]


def examine(environment: Environment, server: Connection) -> Iterator[Finding]:
    """Look at everything that a deployment needs of a server; it only looks.

    Where the server is not reached that is the last finding.
    """
    reached = True
    for finding in told("SSH", lambda: way.look(environment, server)):
        reached = reached and finding.verdict != "fails"
        yield finding
    if not reached:
        return
    looks: dict[str, Look] = {
        "system": lambda: system.look(server, environment),
        "autostart": lambda: system.autostart(server),
        "card": lambda: network.card(server, environment),
        "link": lambda: network.carrier(server, environment),
        "gateway": lambda: network.gateway(server, environment),
        "addresses": lambda: network.in_use(server, environment),
        "packages": lambda: network.packages(server),
        "storage": lambda: storage.look(server, environment),
    }
    for subject, look in looks.items():
        yield from _whole(subject, look)


def lab_is_down(environment: Environment, name: str) -> list[Finding]:
    """Give what is known of a lab that does not run; nothing of one that does."""
    status = lab_status(name)
    if status["state"] == "up":
        return []
    down = note(
        "lab",
        f"lab {name} is {status['state']}: a deployment makes it, or starts it",
        f"python -m lab up --name {name} starts it, then there is more to look at",
    )
    return [down, *storage.fits(environment, room_of(status))]


def _whole(subject: str, look: Look) -> Iterator[Finding]:
    """Give a look's findings; an answer that cannot be read is one, too."""
    try:
        yield from told(subject, look)
    except (ValueError, KeyError, TypeError) as error:
        yield fails(
            subject,
            f"the server's answer cannot be read: {type(error).__name__}: {error}",
            "does it run a tool of its own in place of Debian's? see what that prints",
        )
