"""Starting our Prefect server where none runs, waiting until it answers, using it."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from errors import EposVirtError, WrongInput
from runs.held import holder, shared
from runs.prefect_server.places import PORT, api_url, log_file, server_lock, users_lock
from runs.wait import wait_until
from state import state_folder

PORT_TAKEN = "Address already in use"
LONGEST_START = 600.0  # seconds for a server that lives; one that ended is told at once
LARGEST_LOG = 10_000_000  # bytes; the one before is kept


class Starting:
    """A server of ours on its way, or there: this process is one of its users.

    Starting takes seconds of processor time in a process of its own: begin before what is slow.
    """

    def __init__(self, port: int | None = None) -> None:
        """Start the server unless it is there.

        Args:
            port: the only one that will do; by default Prefect's own if it is free, or any.
        """
        self._port = port
        self._log_began = 0
        self._process: subprocess.Popen[bytes] | None = None
        if holder(server_lock()) is None:
            self._start()

    def url(self) -> str:
        """Wait until the server answers, and give its API's address.

        Raises:
            EposVirtError: it ended, or does not answer; names its log.
            WrongInput: it listens on another port than the only one that will do.
        """
        url: str = wait_until(
            self._answering,
            what="the Prefect server's first answer",
            within=LONGEST_START,
            every=0.05,
            remedy=f"read {log_file()}",
        )
        if self._port is not None and url != api_url(self._port):
            raise WrongInput(
                f"a Prefect server of ours runs at {url}, not on port {self._port}",
                remedy="end what uses it (flows.serve, a run), or leave --port away",
            )
        return url

    def _answering(self) -> str | None:
        said = holder(server_lock())
        if said is None and self._process and self._process.poll() is not None:
            raise EposVirtError(
                "the Prefect server ended instead of answering",
                seen=self._log(),
                remedy=(
                    "name another --port, or end what listens there"
                    if PORT_TAKEN in self._log()
                    else f"read {log_file()}; .venv must come from requirements.lock "
                    "(script/bootstrap)"
                ),
            )
        url: str | None = said.get("url") if said else None
        return url if url and healthy(url) else None

    def _start(self) -> None:
        path = log_file()
        if path.exists() and path.stat().st_size > LARGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        port = PORT if self._port is None else self._port
        exactly = [] if self._port is None else ["--exactly"]
        with path.open("ab") as log:
            self._log_began = log.tell()
            # A session of its own: Ctrl-C is for who started it, and what ends is saved first.
            self._process = subprocess.Popen(
                [sys.executable, "-m", "runs.prefect_server.program", str(port), *exactly],
                cwd=Path(__file__).parents[2],
                env=os.environ | {"EPOS_VIRT_STATE": os.path.abspath(state_folder())},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # It outlives this object; somebody has to take note of its end.
        threading.Thread(target=self._process.wait, daemon=True).start()

    def _log(self) -> str:
        with log_file().open("rb") as log:
            log.seek(self._log_began)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-5:])


@contextmanager
def starting(port: int | None = None) -> Iterator[Starting]:
    """Be a user of our server while the block runs; starts it, and does not wait for it."""
    remedy = f"end the process that holds {server_lock()}"
    with shared(users_lock(), within=60, remedy=remedy):
        yield Starting(port)


def running_url() -> str | None:
    """Give the address of our server, if one runs or starts and has said it."""
    return (holder(server_lock()) or {}).get("url")


def healthy(url: str) -> bool:
    """Ask a server whether it answers; needs no login."""
    return status_of(url, "/health") == 200


def status_of(url: str, path: str) -> int | None:
    """Give the HTTP status of a question without login; None where nobody answers."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request("GET", parts.path.rstrip("/") + path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
