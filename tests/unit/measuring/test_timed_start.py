"""Timing a start: the first correct answer counts, nothing else; without it there is no figure.

The probe is the real one, run by this machine's Python as the server runs it: `LocalServer` is a
faithful stand-in that starts the same argument list without SSH in between.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, Any

import pytest

from errors import EposVirtError
from runs.interruption import Interrupted, interruptible, pause
from tasks.instance import answer
from tasks.measuring import timed_start as timing
from tasks.measuring.timed_start import Question, probe_command, timed_start
from tests.patience import LONGEST


class LocalChannel:
    """A started command, with the part of paramiko's channel that the probe's caller uses."""

    def __init__(self, argv: tuple[str, ...]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *argv[1:]],
            stdin=subprocess.PIPE,  # open as long as the channel is
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.closed = threading.Event()

    def settimeout(self, seconds: float) -> None:
        pass

    def makefile(self, mode: str) -> IO[str]:
        assert self.process.stdout is not None
        return Text(self.process.stdout)  # type: ignore[return-value]

    def makefile_stderr(self, mode: str) -> IO[bytes]:
        assert self.process.stderr is not None
        return self.process.stderr

    def close(self) -> None:
        self.process.kill()
        self.closed.set()

    def clear(self) -> None:
        assert self.closed.wait(LONGEST), "a channel was left open"
        self.process.communicate()


class Text:
    """Lines of text from a stream of bytes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream

    def readline(self) -> str:
        return self.stream.readline().decode()


class LocalServer:
    """This machine in the place of the server."""

    name = "this machine"

    def __init__(self) -> None:
        self.channels: list[LocalChannel] = []

    def open_command(self, *argv: str) -> LocalChannel:
        assert argv[0] == "python3"
        self.channels.append(LocalChannel(argv))
        return self.channels[-1]


@pytest.fixture
def server() -> Iterator[Any]:
    made = LocalServer()
    yield made
    for channel in made.channels:
        channel.clear()


class Application:
    """An application that is made later: nobody listens on its port before `start`."""

    def __init__(self) -> None:
        self.answers = [(200, "station ABMF")]
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(), bind_and_activate=False)
        self.http.server_bind()
        self.port = int(self.http.server_address[1])

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        application = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answers = application.answers
                status, text = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def start(self) -> None:
        self.http.server_activate()
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def start_later(self, seconds: float) -> Callable[[], None]:
        return lambda: threading.Timer(seconds, self.start).start()

    def question(self) -> Question:
        return Question("GLASS", "http", "127.0.0.1", self.port, "/stations", "ABMF")


@pytest.fixture
def application() -> Iterator[Application]:
    made = Application()
    yield made
    made.http.server_close()


def test_a_start_is_timed_to_running_and_to_its_first_answer(
    server: Any, application: Application
) -> None:
    start = timed_start(server, application.question(), application.start_later(0.5))
    application.http.shutdown()
    assert start.running < 0.4
    assert 0.5 <= start.first_answer < 5


def test_wrong_answers_do_not_count(server: Any, application: Application) -> None:
    application.answers = [(503, "ABMF is starting")] * 3 + [(200, "empty")] * 3 + [(200, "ABMF")]
    timed_start(server, application.question(), application.start)
    application.http.shutdown()
    assert application.answers == [(200, "ABMF")]


def test_no_correct_answer_is_no_figure(
    server: Any, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "WITHIN", 0.5)
    application.answers = [(500, "no database")]
    began = time.monotonic()
    with pytest.raises(EposVirtError, match="GLASS gave no correct answer") as error:
        timed_start(server, application.question(), application.start)
    application.http.shutdown()
    assert time.monotonic() - began < 20
    assert "/stations without 'ABMF'" in error.value.seen
    assert not error.value.transient


def test_a_thing_that_cannot_be_created_is_told_as_that(
    server: Any, application: Application
) -> None:
    def create() -> None:
        raise EposVirtError("domU vm was not started", remedy="look at its volume")

    with pytest.raises(EposVirtError, match="domU vm was not started"):
        timed_start(server, application.question(), create)
    assert server.channels[0].closed.is_set(), "nobody asks for it any more"


def test_a_probe_ends_with_whoever_started_it(server: Any, application: Application) -> None:
    channel = server.open_command(*probe_command(application.question(), 60))
    assert channel.makefile("r").readline() == "ready\n"
    channel.process.stdin.close()  # as the server's sshd does when the connection is gone
    assert channel.process.wait(LONGEST) == 1
    channel.process.stdin = None
    channel.close()


@pytest.mark.parametrize(
    ("sent", "contains", "correct"),
    [("PING\r\n", "+PONG", True), ("", "", True), ("PING\r\n", "+OK", False)],
    ids=["its answer", "takes a connection", "another answer"],
)
def test_a_program_that_speaks_no_http_is_asked_by_tcp(
    server: Any, monkeypatch: pytest.MonkeyPatch, sent: str, contains: str, correct: bool
) -> None:
    monkeypatch.setattr(answer, "ASKED_FOR", 1.0)
    monkeypatch.setattr(timing, "WITHIN", 20.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=pong, args=(listener,), daemon=True).start()
        port = listener.getsockname()[1]
        question = Question("store", "tcp", "127.0.0.1", port, sent, contains)
        assert answer.answers(server, question) == correct
        if correct:
            assert timed_start(server, question, lambda: None).first_answer > 0
        listener.shutdown(socket.SHUT_RDWR)


def pong(listener: socket.socket) -> None:
    """Answer each connection as a key-value store does, until nobody listens any more."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            if connection.recv(100):
                connection.sendall(b"+PONG\r\n")


def test_a_start_whose_run_is_ended_ends_at_once(server: Any, application: Application) -> None:
    with interruptible() as interruption:

        def create() -> None:
            interruption.ask()
            pause(60)

        with pytest.raises(Interrupted):
            timed_start(server, application.question(), create)


def test_a_probe_that_does_not_begin_is_told_before_anything_is_created(
    server: Any, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    created: list[bool] = []
    monkeypatch.setattr(timing, "SCRIPT", "raise SystemExit('no socket here')")
    with pytest.raises(EposVirtError, match="probe for GLASS did not start") as error:
        timed_start(server, application.question(), lambda: created.append(True))
    assert error.value.seen.strip() == "no socket here"
    assert created == []


def test_an_ssh_greeting_is_an_answer(server: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def greet() -> None:
            peer, _ = listening.accept()
            with peer:
                peer.sendall(b"SSH-2.0-OpenSSH_10.0p2 Debian-7\r\n")

        greeter = threading.Thread(target=greet)
        question = Question("vm", "ssh", "127.0.0.1", port, "", "SSH-2.0-")
        assert timed_start(server, question, greeter.start).first_answer < 10
        greeter.join()
