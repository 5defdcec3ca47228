"""Serving deployments: carrying out the runs that Prefect's UI, command line and clock start."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from errors import EposVirtError
from runs.held import wait_for_release
from runs.prefect_server.endings import Endings
from runs.prefect_server.overdue import close_orphans, skip_overdue
from runs.prefect_server.places import log_file, server_lock
from runs.prefect_server.process import LONGEST_START, Starting
from runs.wait import wait_until

if TYPE_CHECKING:
    from prefect.deployments.runner import RunnerDeployment

AT_ONCE = 1  # runs: each has a whole server to itself; the others wait for their turn
LOOK = 15.0  # seconds between two looks for runs that ended, or are overdue after a sleep
TOO_SOON = 60.0  # seconds: one that was started again and ends so soon is not started once more


class Serving:
    """One process that serves: a runner in a thread of its own, and what may end it."""

    def __init__(
        self,
        deployments: Sequence[RunnerDeployment],
        say: Callable[[str], None],
        *,
        port: int | None,
    ) -> None:
        """Register the deployments.

        Args:
            deployments: what to serve.
            say: told what happens.
            port: of our server, which is started again where it ends; None for another's.
        """
        from prefect.runner import Runner

        self._say = say
        self._port = port
        self._runner = Runner(name="epos-virt", limit=AT_ONCE, pause_on_shutdown=False)
        self._ids = [cast(UUID, self._runner.add_deployment(one)) for one in deployments]
        self._of_flows = {one.flow_name: id for id, one in zip(self._ids, deployments, strict=True)}
        self._scheduled = [
            id for id, one in zip(self._ids, deployments, strict=True) if one.schedules
        ]
        self._endings = Endings(self._ids, say)
        self._events: queue.SimpleQueue[Callable[[], int | None]] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None

    def id_of(self, flow: str) -> UUID:
        """Give the id of a flow's deployment."""
        return self._of_flows[flow]

    def until_told(self, ready: Callable[[], None]) -> int:
        """Serve until SIGINT, SIGTERM or SIGHUP; gives the exit status.

        Args:
            ready: called when what was left behind is in order and runs are taken.

        Raises:
            EposVirtError: the server or the runner ended, and not because it was told to.
        """
        if self._port is not None:
            close_orphans(self._ids)
        self._look()
        self._listen_to_signals()
        runner = self._in_thread(self._run)
        if self._port is not None:
            self._in_thread(self._watch_server)
        self._wait_until_taking(runner)
        ready()
        try:
            return self._until_an_event_ends_it()
        finally:
            self._stop(runner)

    def _until_an_event_ends_it(self) -> int:
        while True:
            if (status := self._next()) is not None:
                return status

    def _next(self) -> int | None:
        try:
            return self._events.get(timeout=LOOK)()
        except queue.Empty:
            self._look()
            return None

    def _look(self) -> None:
        from httpx import HTTPError

        try:
            skip_overdue(self._ids, self._scheduled)
            self._endings.tell()
        except HTTPError as error:  # the next look may find it; the runner counts such failures
            self._say(f"the Prefect server did not answer: {error!r}")

    def _listen_to_signals(self) -> None:
        def told(number: int, _frame: Any) -> None:
            signal.signal(number, signal.SIG_DFL)  # who asks twice does not want to wait
            self._events.put(lambda: 130 if number == signal.SIGINT else 0)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, told)

    def _in_thread(self, work: Callable[[], None]) -> threading.Thread:
        settings = contextvars.copy_context()  # Prefect keeps its settings there
        thread = threading.Thread(target=settings.run, args=(work,), daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        async def run() -> None:
            self._loop = asyncio.get_running_loop()
            await self._runner.start()

        seen = "it gave no reason"
        try:
            asyncio.run(run())
        except Exception as error:
            seen = repr(error)
        self._events.put(lambda: self._runner_ended(seen))

    def _runner_ended(self, seen: str) -> int:
        raise EposVirtError(
            "what takes runs from the Prefect server ended",
            seen=seen,
            remedy="look whether the server answers, and start flows.serve again",
            transient=True,
        )

    def _watch_server(self) -> None:
        started_again: float | None = None
        while True:
            wait_for_release(server_lock())
            lived = None if started_again is None else time.monotonic() - started_again
            started_again = time.monotonic()
            done = threading.Event()

            def start_again(lived: float | None = lived, done: threading.Event = done) -> None:
                self._start_server_again(lived)
                done.set()

            self._events.put(start_again)
            done.wait()

    def _start_server_again(self, lived: float | None) -> None:
        if lived is not None and lived < TOO_SOON:
            raise EposVirtError(
                f"the Prefect server was started again, and ended after {lived:.0f} s",
                remedy=f"read {log_file()}",
            )
        self._say("the Prefect server ended; starting it again")
        self._say(f"the Prefect server answers again at {Starting(self._port).url()}")

    def _wait_until_taking(self, runner: threading.Thread) -> None:
        # Before that it cannot be stopped. Where it ended instead, its event says why.
        wait_until(
            lambda: self._runner.started or not runner.is_alive(),
            what="the runner taking runs",
            within=LONGEST_START,
            every=0.05,
            remedy="look whether the Prefect server answers, and start flows.serve again",
        )

    def _stop(self, runner: threading.Thread) -> None:
        if self._loop and runner.is_alive():
            self._say("ending; a run that goes on is cancelled")
            asyncio.run_coroutine_threadsafe(self._runner.astop(), self._loop)
        runner.join(60)
