"""Whether an application gives its correct answer now; asked once, from the server."""

from __future__ import annotations

import tempfile
from pathlib import Path

from blocks.connection import Connection
from blocks.tunnel import tcp_tunnel
from blocks.web import request
from errors import EposVirtError
from runs.patience import stretched
from tasks.measuring.timed_start import Question, probe_command, sql_answer

ASKED_FOR = 5.0  # seconds an answer may take


def answers(server: Connection, question: Question) -> bool:
    """Ask an application its own question; no answer and a wrong one are False.

    Args:
        server: the machine that reaches it.
        question: what to ask, and what the answer holds.
    """
    try:
        if question.scheme == "postgresql":
            with tcp_tunnel(server, question.address, question.port) as port:
                return question.contains in (sql_answer(port, question) or "")
        if question.scheme == "tcp":
            return _answers_tcp(server, question)
        return _answers_http(server, question)
    except EposVirtError:
        return False


def _answers_tcp(server: Connection, question: Question) -> bool:
    """Ask next to it: a tunnel takes a connection before it is known whether anybody does."""
    channel = server.open_command(*probe_command(question, ASKED_FOR))
    channel.settimeout(stretched(ASKED_FOR))
    try:
        lines = channel.makefile("r")
        said = [str(lines.readline()) for _ in ("begun", "answered")]
        return said[0] == "ready\n" and said[1].startswith("answered ")
    except OSError:  # it takes a connection, and says nothing
        return False
    finally:
        channel.close()


def _answers_http(server: Connection, question: Question) -> bool:
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(question.certificate)
        file.flush()
        response = request(
            server,
            question.address,
            question.port,
            question.path,
            certificate=Path(file.name) if question.certificate else None,
            timeout=ASKED_FOR,
        )
    return response.status_code == 200 and question.contains in response.text
