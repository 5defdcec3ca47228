"""Open an application to this machine: a port on its loopback, in your browser, until Ctrl-C.

Applications have addresses of their network alone, which in the lab lies inside QEMU.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Event
from typing import TYPE_CHECKING

from commands import instances
from commands.command import guarded

if TYPE_CHECKING:
    from deployments.app_yaml import Described
    from deployments.model import Application, Environment

WEB = ("http", "https")


def parser(prog: str = "python -m flows.open") -> argparse.ArgumentParser:
    """Make the command's parser."""
    made = instances.parser(prog, str(__doc__), names="1")
    made.add_argument(
        "-p", "--port", type=int, default=0, help="the port here (default: one that is free)"
    )
    return made


def main(arguments: Sequence[str] | None = None, prog: str = "python -m flows.open") -> int:
    """Run it; gives the exit status."""
    asked = parser(prog).parse_args(arguments)

    def work() -> int:
        from deployments.load import load_environment
        from deployments.model import DomU
        from errors import WrongInput
        from tasks.application import described
        from tasks.instance.find import find

        environment = load_environment(asked.environment)
        found = find(environment, asked.name[0])
        if isinstance(found, DomU):
            raise WrongInput(
                f"{found.name} is a domU, which has no page",
                remedy="name an application: python -m flows.ps lists them",
            )
        _lead_to(environment, found, described(environment, found), asked.port)
        return 130  # Ctrl-C is how it ends

    return guarded(work)


def _lead_to(
    environment: Environment, application: Application, says: Described, port: int
) -> None:
    """Listen here until Ctrl-C."""
    from blocks.tunnel import tcp_tunnel
    from flows.session import open_session

    far = f"{application.address}:{says.port}"
    begin = f"{says.protocol}://" if says.protocol in WEB else ""
    with (
        open_session(environment, builds=False) as session,
        tcp_tunnel(session.connections.server, str(application.address), says.port, port) as near,
        suppress(KeyboardInterrupt),
    ):
        sys.stdout.write(
            f"{begin}127.0.0.1:{near} leads to {application.name} on {far}; Ctrl-C ends it\n"
        )
        if says.summary:
            sys.stdout.write(f"  {says.summary}\n")
        sys.stdout.flush()
        Event().wait()


if __name__ == "__main__":
    sys.exit(main())
