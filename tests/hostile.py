"""Two hundred hostile connections to a port of this machine, for as long as it is not ended.

python hostile.py PORT FIRST THEN: each sends FIRST at once, then THEN (a byte, or nothing) again
and again, and reads no answer; one that the server ends is made anew. Prints a line when all were
made.
"""

from __future__ import annotations

import selectors
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import cast

HOSTILE = 200
EVERY = 0.05  # s between two bytes
MADE_WITHIN = 0.2  # s; what is not made by then is tried again


@contextmanager
def hostile(port: int, first: bytes, then: bytes) -> Iterator[None]:
    """Attack while the block runs, from a process of its own."""
    program = [sys.executable, __file__, str(port), first.hex(), then.hex()]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as attack:
        assert attack.stdout
        try:
            assert attack.stdout.readline() == f"{HOSTILE} were made\n"
            yield
            assert attack.poll() is None
        finally:
            attack.terminate()


def attack(port: int, first: bytes, then: bytes) -> None:
    """Do it for ever."""
    made, told = 0, False
    with selectors.DefaultSelector() as open_ones:
        while True:
            for _ in range(HOSTILE - len(open_ones.get_map())):
                with suppress(OSError):
                    open_ones.register(connected(port, first), selectors.EVENT_WRITE)
                    made += 1
            if made >= HOSTILE and not told:
                told = True
                sys.stdout.write(f"{HOSTILE} were made\n")
                sys.stdout.flush()
            for key in [*open_ones.get_map().values()]:
                connection = cast(socket.socket, key.fileobj)
                if has_ended(connection, then):
                    open_ones.unregister(connection)
                    connection.close()
            with selectors.DefaultSelector() as nothing:
                nothing.select(EVERY)


def connected(port: int, first: bytes) -> socket.socket:
    """Make one more."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.settimeout(MADE_WITHIN)
    try:
        connection.connect(("127.0.0.1", port))
        connection.sendall(first)
    except OSError:
        connection.close()
        raise
    connection.setblocking(False)
    return connection


def has_ended(connection: socket.socket, then: bytes) -> bool:
    """Send the next byte, or look; tell whether the server has ended it."""
    try:
        if then:
            return connection.send(then) < 1
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


if __name__ == "__main__":
    attack(int(sys.argv[1]), bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3]))
