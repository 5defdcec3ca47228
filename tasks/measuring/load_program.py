"""Runs on the server with its Python: asks an application under a fixed small load.

Arguments: scheme, address, port, path, text the answer must hold, seconds an answer may take,
certificate (PEM). Prints a line of JSON a round, after one that warms up and is not told.
"""

from __future__ import annotations

import json
import math
import socket
import ssl
import statistics
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

CONNECTIONS = 4  # at once: enough to find a queue, few enough for the smallest guest
REQUESTS = 100  # a round, each on a connection of its own
LONGEST = 2.0  # seconds after which a round asks no more, however few it has asked
ROUNDS = 5


def loaded(ask: Callable[[], bool]) -> dict[str, float]:
    """Ask for a round; give what was right and wrong, and of the right ones speed and latency.

    Args:
        ask: asks once, and tells whether the answer was right.
    """
    took: list[float] = []
    wrong: list[int] = []
    began = time.monotonic()

    def one_after_the_other() -> None:
        for _ in range(REQUESTS // CONNECTIONS):
            asked = time.monotonic()
            if asked - began > LONGEST:
                return
            if ask():
                took.append(time.monotonic() - asked)
            else:
                wrong.append(1)

    threads = [threading.Thread(target=one_after_the_other) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    told: dict[str, float] = {"right": len(took), "wrong": len(wrong)}
    if took:
        told["per_second"] = len(took) / seconds
        told["median"] = statistics.median(took)
        told["p99"] = sorted(took)[math.ceil(0.99 * len(took)) - 1]
    return told


def right(
    address: tuple[str, int], asked: bytes, wanted: bytes, within: float,
    context: ssl.SSLContext | None = None,
) -> bool:  # fmt: skip
    """Ask once by HTTP, or by TCP what is no HTTP; tell whether the answer was right."""
    http = asked.startswith(b"GET ")
    answer = b""
    try:
        connection = socket.create_connection(address, within)
        if context:
            connection = context.wrap_socket(connection, server_hostname=address[0])
        with connection:
            connection.sendall(asked)
            while (http or wanted not in answer) and (block := connection.recv(65536)):
                answer += block
    except OSError:
        return False
    return wanted in answer and (not http or answer.split(b" ", 2)[1:2] == [b"200"])


def main() -> int:
    """Tell of all rounds."""
    scheme, host, port, path, wanted, within, certificate = sys.argv[1:8]
    context = ssl.create_default_context(cadata=certificate) if scheme == "https" else None
    request = f"GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    asked = (path if scheme == "tcp" else request).encode()
    ask = partial(right, (host, int(port)), asked, wanted.encode(), float(within), context)
    loaded(ask)
    for _ in range(ROUNDS):
        print(json.dumps(loaded(ask)), flush=True)  # noqa: T201 - whoever started it reads it
    return 0


if __name__ == "__main__":
    sys.exit(main())
