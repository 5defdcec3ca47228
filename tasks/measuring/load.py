"""Requests a second and latency: an application asked its own question under a fixed small load.

It is asked from the server, next to it, as starts are timed. A database is asked from here, through
the SSH connection: its figures hold that way too, the same for every technique.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from blocks.connection import Connection
from blocks.tunnel import tcp_tunnel
from history.metric import LATENCY_MEDIAN, LATENCY_P99, METRICS, REQUESTS_PER_SECOND
from runs.patience import stretched
from runs.telling import tell
from tasks.measuring import load_program
from tasks.measuring.load_program import CONNECTIONS, LONGEST, REQUESTS, ROUNDS, loaded
from tasks.measuring.measure import Figure
from tasks.measuring.timed_start import Question, sql_answer

SCRIPT = Path(load_program.__file__).read_text()
WITHIN = 5.0  # seconds an answer may take
HOW = (
    f"{ROUNDS} rounds of {REQUESTS} requests or {LONGEST:g} s, {CONNECTIONS} at once, each a "
    "connection of its own, after a round to warm up"
)
TOLD = {REQUESTS_PER_SECOND: "per_second", LATENCY_MEDIAN: "median", LATENCY_P99: "p99"}


def load_figures(server: Connection, question: Question) -> list[Figure]:
    """Ask an application that answers as often as it can; its figures are void for a wrong answer.

    Args:
        server: asks from there.
        question: the application's own, as its start was timed with.
    """
    tell(f"{CONNECTIONS} connections ask {question.name}")
    if question.scheme == "postgresql":
        return _figures(_asked_from_here(server, question), f"{HOW}, through SSH")
    return _figures(_asked_from_server(server, question), f"{HOW}, from the server")


def _asked_from_server(server: Connection, question: Question) -> list[dict[str, float]]:
    command = ["python3", "-c", SCRIPT, question.scheme, question.address, str(question.port)]
    command += [question.path, question.contains, str(stretched(WITHIN)), question.certificate]
    lines = server.check(*command, remedy=f"python3 must be there on {server.name}")
    return [json.loads(line) for line in lines.splitlines()]


def _asked_from_here(server: Connection, question: Question) -> list[dict[str, float]]:
    with tcp_tunnel(server, question.address, question.port) as port:
        rounds = [
            loaded(lambda: question.contains in (sql_answer(port, question) or ""))
            for _ in range(1 + ROUNDS)
        ]
    return rounds[1:]


def _figures(rounds: Sequence[dict[str, float]], method: str) -> list[Figure]:
    wrong = sum(int(one["wrong"]) for one in rounds)
    asked = wrong + sum(int(one["right"]) for one in rounds)
    warnings = (f"{wrong} of {asked} answers were wrong",) if wrong else ()
    told = [one for one in rounds if one["right"]]
    if not told:  # it is said that it was tried, and no latency is made up
        return [Figure(REQUESTS_PER_SECOND, "requests/s", [0.0], method, False, warnings)]
    return [
        Figure(name, METRICS[name].unit, [one[key] for one in told], method, not wrong, warnings)
        for name, key in TOLD.items()
    ]
