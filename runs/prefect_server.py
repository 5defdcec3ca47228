"""The Prefect server of a run: the operator's, or one for this machine that leaves no orphan."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, temporary_settings

from errors import EposVirtError
from runs.state import state_folder
from runs.wait import wait_until


@contextmanager
def prefect_server() -> Iterator[str]:
    """Use the server at PREFECT_API_URL; without one, start one on loopback and stop it after.

    Call it from the main thread: the server is told to end when the thread that started it does.

    Yields:
        The API's address.

    Raises:
        EposVirtError: the server at PREFECT_API_URL does not answer, or ours does not start.
    """
    if url := PREFECT_API_URL.value():
        if not _healthy(url):
            raise EposVirtError(
                f"the Prefect server at {url} does not answer",
                remedy="start it, or unset PREFECT_API_URL: then one is started for this run",
                transient=True,
            )
        yield url
        return
    folder = state_folder("prefect")
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    with (folder / "server.log").open("ab") as log:
        process = _start(port, log.fileno())
    try:
        wait_until(
            lambda: process.poll() is None and _healthy(url),
            what="the Prefect server started for this run",
            within=120,
            every=0.1,
            remedy=f"read {folder}/server.log; .venv must come from requirements.lock "
            "(script/bootstrap)",
        )
        with temporary_settings({PREFECT_API_URL: url}):
            yield url
    finally:
        APILogWorker.drain_all(timeout=5)  # what it still holds would be lost with the server
        process.terminate()
        process.wait(30)


def _start(port: int, log: int) -> subprocess.Popen[bytes]:
    prefect = Path(sys.executable).with_name("prefect")
    # The UI asks the port it is told here, not the one on the command line.
    environment = os.environ | {"PREFECT_SERVER_API_PORT": str(port)}
    command = [str(prefect), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", "--", *command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=environment,
        start_new_session=True,
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def wait_for_rows(flow_run_id: str, tasks: int, within: float = 60.0) -> int:
    """Wait until Prefect has a row in a final state for every task of a flow run.

    Rows are written asynchronously: whoever stops the server first loses some of them.

    Returns:
        The number of rows it has, `tasks` if all arrived in time.
    """
    deadline = time.monotonic() + within
    wanted = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(flow_run_id)]))
    with get_client(sync_client=True) as client:

        def finished() -> int:
            rows = client.read_task_runs(flow_run_filter=wanted, limit=200)
            return sum(bool(row.state and row.state.is_final()) for row in rows)

        wait_until(
            lambda: finished() >= tasks or time.monotonic() > deadline,
            what="Prefect's rows",
            within=within + 10,
            remedy="",
        )
        return finished()
