"""What carries a plain engine's first files: goes on when indexing has ended, ends at an error."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[4] / "apps" / "first-files"
INDEX = "import carry, json, sys; carry.BETWEEN = 0; print(json.dumps(carry.index(sys.argv[1])))"


@dataclass
class Answers:
    """What is answered, one after the other, and what was asked."""

    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Answers]:
    said = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said.asked.append(f"{self.command} {self.path}")
            status, body = said.answers[len(said.asked) - 1]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        said.url = f"http://127.0.0.1:{listening.server_port}/index"
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield said
        finally:
            listening.shutdown()
            thread.join()


def index(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", INDEX, url], cwd=FOLDER, capture_output=True, text=True
    )


def test_indexing_that_goes_on_beside_its_answer_is_waited_for(server: Answers) -> None:
    running, done = {"state": "running"}, {"state": "done", "found": 4}
    server.answers = [(202, running), (200, running), (200, done)]
    assert json.loads(index(server.url).stdout) == done
    assert server.asked == ["POST /index", "GET /index", "GET /index"]


def test_indexing_that_failed_later_ends_it_as_well(server: Answers) -> None:
    server.answers = [(202, {"state": "running"}), (200, {"state": "failed", "error": "no FWSS"})]
    done = index(server.url)
    assert (done.returncode, "no FWSS" in done.stderr) == (1, True)


def test_an_error_ends_it_with_what_was_answered(server: Answers) -> None:
    server.answers = [(502, {"error": "no address of FWSS"})]
    done = index(server.url)
    assert done.returncode == 1
    assert done.stderr.endswith('/index: 502 {"error": "no address of FWSS"}\n')
