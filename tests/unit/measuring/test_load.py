"""Asked under load: the real program asks a real application; a wrong answer voids the figures."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tasks.measuring import load, load_program
from tasks.measuring.load import load_figures
from tasks.measuring.load_program import REQUESTS, ROUNDS, loaded
from tasks.measuring.timed_start import Question


class ThisMachine:
    """This machine in the place of the server: the same argument list, without SSH in between."""

    name = "this machine"

    def check(self, *argv: str, remedy: str) -> str:
        assert argv[0] == "python3"
        done = subprocess.run([sys.executable, *argv[1:]], check=True, capture_output=True)
        return done.stdout.decode()


class Application(ThreadingHTTPServer):
    """Answers with a text, except every so many times."""

    request_queue_size = 16
    daemon_threads = True

    def __init__(self, wrong_every: int = 0) -> None:
        self.asked = 0
        self.wrong_every = wrong_every
        super().__init__(("127.0.0.1", 0), Answer)

    def question(self) -> Question:
        """Ask for its text."""
        return Question("GLASS", "http", "127.0.0.1", self.server_port, "/stations", "ABMF")


class Answer(BaseHTTPRequestHandler):
    """One answer."""

    def do_GET(self) -> None:
        application: Any = self.server
        application.asked += 1
        wrong = application.wrong_every and application.asked % application.wrong_every == 0
        self.send_response(503 if wrong else 200)
        self.end_headers()
        self.wfile.write(b"station ABMF")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def application() -> Iterator[Application]:
    with Application() as made:
        threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
        yield made
        made.shutdown()


def figures(question: Question) -> dict[str, Any]:
    server: Any = ThisMachine()
    return {figure.metric: figure for figure in load_figures(server, question)}


def test_each_round_gives_a_sample_and_the_first_warms_up(
    application: Application, own_state: object
) -> None:
    found = figures(application.question())
    assert list(found) == ["requests_per_second", "latency_median", "latency_p99"]
    assert all(len(figure.values) == ROUNDS and figure.valid for figure in found.values())
    assert application.asked <= (ROUNDS + 1) * REQUESTS
    for median, last in zip(
        found["latency_median"].values, found["latency_p99"].values, strict=True
    ):
        assert 0 < median <= last


def test_one_wrong_answer_voids_all_of_it(application: Application, own_state: object) -> None:
    application.wrong_every = 50
    found = figures(application.question())
    assert not any(figure.valid for figure in found.values())
    assert "answers were wrong" in found["latency_p99"].warnings[0]


def test_without_any_answer_no_latency_is_made_up(own_state: object) -> None:
    nobody = Question("GLASS", "tcp", "127.0.0.1", 1, "", "ABMF")
    found = figures(nobody)
    assert list(found) == ["requests_per_second"]
    assert found["requests_per_second"].values == [0.0]
    assert not found["requests_per_second"].valid


def test_a_slow_application_bounds_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_program, "LONGEST", 0.1)

    def slow() -> bool:
        time.sleep(0.06)
        return True

    told = loaded(slow)
    assert 4 <= told["right"] < REQUESTS
    assert told["median"] >= 0.06
    assert told["per_second"] <= 4 / 0.06


def test_a_database_is_asked_from_here(monkeypatch: pytest.MonkeyPatch, own_state: object) -> None:
    asked: list[int] = []

    def answer(port: int, _: Question) -> str:
        asked.append(port)
        return "12 tables"

    class Tunnel:
        def __enter__(self) -> int:
            return 4711

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(load, "sql_answer", answer)
    monkeypatch.setattr(load, "tcp_tunnel", lambda *_: Tunnel())
    server: Any = ThisMachine()
    question = Question("database", "postgresql", "10.0.7.1", 5432, "SELECT 1", "12 tables")
    rates, *_ = load_figures(server, question)
    assert rates.valid
    assert rates.method.endswith("through SSH")
    assert set(asked) == {4711}
