"""The way to a server: its name, its SSH, the user and that user's rights."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from blocks.connection import Connection
from deployments.load import where
from deployments.model import Environment
from errors import EposVirtError
from tasks.doctor.finding import Finding, fails, works
from tasks.server.room import is_this_machine


def look(environment: Environment, server: Connection) -> Iterator[Finding]:
    """Look whether the server is reached and by whom.

    Raises:
        EposVirtError: it is not; nothing else can be looked at then.
    """
    target = server.target
    if environment.server.ssh and not target.through:
        found = name_resolves(environment, target.host, target.port)
        yield found
        if found.verdict == "fails":
            return
    server.client()
    yield works("SSH", f"{target.user}@{target.host}, port {target.port}, answers")
    user = server.check("id", "-un").strip()
    if user == "root":
        yield works("rights", f"root{f', {target.user} by sudo' if target.sudo else ''}")
    else:
        yield fails("rights", f"commands are {user}'s", "write `user: root`, or one who has sudo")
    if is_this_machine(server):
        yield fails(
            "another machine",
            "this machine is its own server: it would be rebooted under the deployment",
            f"write another's address: {where(environment, ('server', 'ssh', 'host'))}",
        )
    yield forwarding(server)


def name_resolves(environment: Environment, host: str, port: int) -> Finding:
    """Look a name up on this machine."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return fails(
            "address",
            f"this machine finds no address of {host}: {error.strerror or error}",
            "write one that `getent hosts` finds here: "
            f"{where(environment, ('server', 'ssh', 'host'))}",
        )
    found = {str(info[4][0]) for info in answers}
    return works("address", host if found == {host} else f"{host} is {', '.join(sorted(found))}")


def forwarding(server: Connection) -> Finding:
    """Try whether SSH carries connections: domUs and applications are reached through it.

    Raises:
        WrongInput: it is switched off.
    """
    try:
        server.open_socket("127.0.0.1", 22).close()
    except EposVirtError as error:
        if not error.transient:
            raise
    return works("forwarding", "SSH carries connections to domUs and applications")
