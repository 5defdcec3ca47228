"""Our Prefect server as a process: python -m runs.prefect_server.program PORT [--exactly].

Holds `server.lock` while it lives and says there where it listens; ends with its last user.
Listens on 127.0.0.1 only.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runs.held import hold_soon, say, wait_for_the_last_user
from runs.listener import listener_on
from runs.much_imported import much_imported
from runs.prefect_server.login import login
from runs.prefect_server.places import HOST, api_url, server_lock, users_lock
from state import state_folder

if TYPE_CHECKING:
    import uvicorn


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server; gives the exit status."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("port", type=int)
    options.add_argument("--exactly", action="store_true", help="no other port will do")
    asked = options.parse_args(arguments)
    lock = hold_soon(server_lock())
    if lock is None:
        return 0  # another of ours was faster
    listening = listen(asked.port, exactly=asked.exactly)
    port: int = listening.getsockname()[1]
    origins = [f"http://{HOST}:{port}", f"http://localhost:{port}", *further_origins()]
    settle(port, origins)
    say(lock, url=api_url(port))
    serve(listening, origins)
    return 0


def listen(port: int, *, exactly: bool) -> socket.socket:
    """Listen on this port of loopback, or on any that is free where another has it.

    Raises:
        SystemExit: no other port will do.
    """
    for wanted in (port, 0):
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, wanted))
        except OSError as error:
            listening.close()
            if exactly:
                by = f", by {who}" if (who := listener_on(port)) else ""
                sys.exit(f"port {port} of {HOST}: {error.strerror}{by}")
            continue
        listening.listen(2048)
        return listening
    sys.exit(f"no port of {HOST} is free")


def further_origins() -> list[str]:
    """Give what the operator names besides our own: a proxy's, say. Never all of them."""
    named = os.environ.get("PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS", "")
    return [origin.strip() for origin in named.split(",") if origin.strip() not in ("", "*")]


def settle(port: int, origins: Sequence[str]) -> None:
    """Set Prefect's settings; it reads them when it is imported."""
    os.environ.pop("PREFECT_API_URL", None)  # that of a client
    for name, value in {
        "PREFECT_HOME": str(state_folder("prefect")),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "DO_NOT_TRACK": "1",
        # Events of task runs together, not each in a transaction of its own. The interval is cut
        # to whole seconds: below 1 the server flushes in a loop that never sleeps.
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "100",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "20",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",  # s
    }.items():
        os.environ.setdefault(name, value)
    os.environ.update(
        {
            "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "WARNING",  # a client's is off: see flows
            "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
            "PREFECT_SERVER_API_HOST": HOST,
            "PREFECT_SERVER_API_PORT": str(port),
            "PREFECT_SERVER_UI_API_URL": api_url(port),
            "PREFECT_UI_URL": f"http://{HOST}:{port}",  # for links in what it sends
            "PREFECT_SERVER_API_AUTH_STRING": login(),
            "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
            "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": ",".join(origins),
        }
    )


def serve(listening: socket.socket, origins: Sequence[str]) -> None:
    """Answer until the last user has gone, or until SIGTERM."""
    with much_imported():
        import uvicorn
        from prefect.server.api.server import create_app

        from runs.prefect_server.again import Again
        from runs.prefect_server.door import Door
    with much_imported():  # again: `final` looks for garbage, now in little
        app = Door(Again(create_app(final=True)), origins, login())
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5, lifespan="on")
    )
    threading.Thread(target=end_with_the_last_user, args=(server,), daemon=True).start()
    server.run(sockets=[listening])


def end_with_the_last_user(server: uvicorn.Server) -> None:
    """Tell the server to end when nobody uses it any more, killed users included."""
    held = wait_for_the_last_user(users_lock())
    server.should_exit = True
    threading.Event().wait()  # who comes now waits for the end of this process
    held.close()


if __name__ == "__main__":
    sys.exit(main())
