"""The standard streams of a command on another machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, BinaryIO

from runs import interruption

if TYPE_CHECKING:  # imported where it is used: it takes longer than a command's help
    import paramiko

READ = 65536  # bytes


class Feeder(threading.Thread):
    """Sends standard input while the output is being read."""

    def __init__(self, channel: paramiko.Channel, stdin: str | bytes | BinaryIO) -> None:
        """Keep what to send, and where to."""
        super().__init__(daemon=True)
        self.channel = channel
        self.stdin = stdin.encode() if isinstance(stdin, str) else stdin

    def run(self) -> None:
        """Send it all, then its end."""
        try:
            if isinstance(self.stdin, bytes):
                self.channel.sendall(self.stdin)
            else:
                while block := self.stdin.read(READ * 4):
                    self.channel.sendall(block)
            self.channel.shutdown_write()
        except (OSError, EOFError):
            return  # the command ended without reading it all: its status tells


def drain(
    channel: paramiko.Channel, hear: Callable[[str], None] | None, timeout: float
) -> tuple[str, str]:
    """Read both streams to their ends; tell `hear` the lines of both.

    Raises:
        TimeoutError: neither of them said anything for `timeout` seconds.
    """
    out, err = bytearray(), bytearray()
    spoke = [time.monotonic()]  # when either stream did last: one may be silent for long
    failed: list[Exception] = []

    def read_errors() -> None:
        try:
            with interruption.undoing():  # whoever waits for both streams is told, not this thread
                _read_all(channel.recv_stderr, err, hear, timeout, spoke)
        except (OSError, EOFError) as error:
            failed.append(error)

    reader = threading.Thread(target=copy_context().run, args=(read_errors,), daemon=True)
    reader.start()
    _read_all(channel.recv, out, hear, timeout, spoke)
    reader.join()
    if failed:
        raise failed[0]
    return out.decode(errors="replace"), err.decode(errors="replace")


def _read_all(
    receive: Callable[[int], bytes],
    into: bytearray,
    hear: Callable[[str], None] | None,
    timeout: float,
    spoke: list[float],
) -> None:
    heard = 0
    while True:
        try:
            block = receive(READ)
        except TimeoutError:
            if time.monotonic() - spoke[0] < timeout:
                continue
            raise
        if not block:
            return
        spoke[0] = time.monotonic()
        into += block
        if hear is None:
            continue
        end = into.rfind(b"\n")
        if end >= heard:
            for line in into[heard:end].decode(errors="replace").splitlines():
                hear(line)
            heard = end + 1
