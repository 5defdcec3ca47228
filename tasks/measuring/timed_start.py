"""Timing a start: from the command that creates a thing to its first correct answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path

from blocks.connection import Connection
from blocks.tunnel import tcp_tunnel
from errors import EposVirtError
from runs.interruption import Interrupted, pause
from runs.patience import stretched

SCRIPT = (Path(__file__).parents[1] / "server" / "files" / "ask_until_answered.py").read_text()
WITHIN = 300.0  # seconds for a first answer
SQL_PAUSE = 0.02  # seconds between two questions to a database


@dataclass(frozen=True)
class Question:
    """What to ask an application, and what its answer must hold.

    Args:
        name: the application's name.
        scheme: http, https, postgresql, tcp or ssh.
        address: IPv4 address as the server sees it.
        port: TCP port.
        path: path of the request, the SQL query, or what is sent by TCP.
        contains: text the answer must hold.
        certificate: PEM of the certificate it must show, for https.
        login: user, password and database, for postgresql.
    """

    name: str
    scheme: str
    address: str
    port: int
    path: str
    contains: str
    certificate: str = ""
    login: tuple[str, str, str] = ("", "", "")


@dataclass(frozen=True)
class Start:
    """One timed start, seconds.

    Args:
        running: from the creating call until it returned.
        first_answer: from there to the first correct answer.
        answered_at: the moment of that answer by the server's wall clock, where it asked.
    """

    running: float
    first_answer: float
    answered_at: float | None = None


def timed_start(server: Connection, question: Question, create: Callable[[], object]) -> Start:
    """Begin to ask, create the thing, and time it on this machine's monotonic clock.

    Args:
        server: asks from there, next to the application: no tunnel is in the way of HTTP.
        question: what to ask.
        create: the command that creates it; returns when the runtime calls it running.

    Raises:
        EposVirtError: no correct answer in time: there is no figure then.
    """
    if question.scheme == "postgresql":
        enough = threading.Event()
        return _timed(create, lambda: _wait_for_sql(server, question, enough), enough.set)
    wait, stop = _ask_from_server(server, question)
    return _timed(create, wait, stop)


def _timed(
    create: Callable[[], object], wait: Callable[[], float | None], stop: Callable[[], object]
) -> Start:
    """Time a creation; `stop` ends the wait for an answer that will not come."""
    answered: list[float] = []
    moments: list[float | None] = []
    failed: list[EposVirtError | Interrupted] = []

    def listen() -> None:
        try:
            moments.append(wait())
            answered.append(time.monotonic())
        except (EposVirtError, Interrupted) as error:
            failed.append(error)

    listener = threading.Thread(target=copy_context().run, args=(listen,), daemon=True)
    began = time.monotonic()
    listener.start()
    try:
        create()
    except BaseException:
        stop()
        listener.join()
        raise
    running = time.monotonic()
    listener.join(stretched(WITHIN) + 30)
    if failed:
        raise failed[0]
    return Start(running - began, answered[0] - began, moments[0])


def _ask_from_server(
    server: Connection, question: Question
) -> tuple[Callable[[], float | None], Callable[[], object]]:
    """Start the probe on the server; gives what waits for it to be answered, and what ends it."""
    channel = server.open_command(*probe_command(question, WITHIN))
    channel.settimeout(stretched(WITHIN) + 20)
    lines = channel.makefile("r")
    if lines.readline().strip() != "ready":
        told = channel.makefile_stderr("r").read().decode(errors="replace")
        channel.close()
        raise EposVirtError(
            f"{server.name}: the probe for {question.name} did not start",
            seen=told,
            remedy=f"python3 must be there on {server.name}",
        )

    def wait() -> float:
        try:
            word, _, moment = lines.readline().strip().partition(" ")
            if word != "answered":
                raise _no_answer(question)
            return float(moment)
        except OSError as error:
            raise _no_answer(question) from error
        finally:
            channel.close()

    return wait, channel.close


def probe_command(question: Question, within: float) -> list[str]:
    """Give the command that asks on the server, for seconds of a plain machine at most."""
    command = ["python3", "-c", SCRIPT, question.scheme, question.address, str(question.port)]
    seconds = str(stretched(within))
    return [*command, question.path, question.contains, seconds, question.certificate]


def _wait_for_sql(server: Connection, question: Question, enough: threading.Event) -> None:
    deadline = time.monotonic() + stretched(WITHIN)
    with tcp_tunnel(server, question.address, question.port) as port:
        while time.monotonic() < deadline and not enough.is_set():
            if question.contains in (sql_answer(port, question) or ""):
                return
            pause(SQL_PAUSE)
    raise _no_answer(question)


def sql_answer(port: int, question: Question) -> str | None:
    """Ask a database its question over a tunnel's port; None where it does not answer."""
    import psycopg2

    user, password, database = question.login
    try:
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=port,
            user=user,
            password=password,
            dbname=database,
            connect_timeout=int(stretched(20)),
        )
    except psycopg2.OperationalError:
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute(question.path)
            row = cursor.fetchone()
            return str(row[0]) if row else ""
    except psycopg2.Error:
        return None
    finally:
        connection.close()


def _no_answer(question: Question) -> EposVirtError:
    return EposVirtError(
        f"{question.name} gave no correct answer on {question.address}:{question.port}",
        seen=f"{question.path} without {question.contains!r} within {stretched(WITHIN):.0f} s",
        remedy="no figure is recorded; see that it works: python -m flows.deploy_all --only proof",
    )
