"""Waitress, so that idle, slow and greedy connections keep nobody else out."""

import copy
import logging
import socket
import sys
from collections.abc import Callable
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

import writers

PLACES, OF_ONE_ADDRESS = 512, 256  # connections; who is slow loses its place to a newcomer
MOST_SERVED = 1024  # connections, with those whose requests are under way or wait for a thread
UNSENT = 8 << 20  # bytes of answers that are not taken yet
SWITCH = 0.0005  # s that a thread computes while the loop that hears all waits for it
IDLE = 30  # s without a byte, in either direction
STRANGERS_BODY = 64 << 10  # bytes; a writer may send more
# Closing throws away what was not sent.
AT_ONCE = (1).to_bytes(4, sys.byteorder) + bytes(4)


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads requests; takes no large bodies of who may not write, and no number that is none."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # a length of thousands of digits
            raise ParsingError(f"a number cannot be read: {error}") from error
        if not _may_write(self.headers.get("AUTHORIZATION", "")):
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = STRANGERS_BODY


def _may_write(authorization: str) -> bool:
    try:
        writers.check("POST", authorization)
    except (writers.NotAllowedError, OSError):
        return False
    return True


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection."""

    parser_class = Parser
    dropped = False

    def drop(self) -> None:
        """End it: the loop sees that it has ended."""
        self.dropped = True
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended by itself


class Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Hands requests to threads; who asks for health waits for no other."""

    def add_task(self, task: Channel) -> None:
        """Take a connection with a request."""
        super().add_task(task)
        if getattr(task.requests[0], "path", "") == "/health":
            with self.lock:
                if task in self.queue:
                    self.queue.remove(task)
                    self.queue.appendleft(task)


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Gives every newcomer a place: that of the oldest connection that is not being served."""

    channel_class = Channel

    def handle_accept(self) -> None:
        """Take a connection, and end others where there are too many, or leave too much untaken."""
        super().handle_accept()
        waiting = [one for one in self.active_channels.values()
                   if not one.dropped and not one.requests]  # fmt: skip
        waiting.sort(key=lambda one: one.creation_time)
        if not waiting:
            return
        crowd = [one for one in waiting if one.addr[0] == waiting[-1].addr[0]]
        if len(crowd) > OF_ONE_ADDRESS:
            crowd[0].drop()
        elif len(waiting) > PLACES:
            waiting[0].drop()
        unsent = sum(one.total_outbufs_len for one in waiting)
        for one in waiting:
            if unsent > UNSENT and one.total_outbufs_len:
                unsent -= one.total_outbufs_len
                one.drop()


def serve(application: Callable[..., Any], port: int, threads: int, largest_body: int) -> None:
    """Answer requests for ever."""
    adjustments = Adjustments(
        host="0.0.0.0",
        port=port,
        threads=threads,
        ident="FWSS",
        connection_limit=MOST_SERVED,
        channel_timeout=IDLE,
        cleanup_interval=IDLE // 2,
        max_request_header_size=64 << 10,
        max_request_body_size=largest_body + 1,
        asyncore_use_poll=True,
    )
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for each request else
    sys.setswitchinterval(SWITCH)
    dispatcher = Dispatcher()
    dispatcher.set_thread_count(threads)
    Server(application, adj=adjustments, dispatcher=dispatcher).run()
