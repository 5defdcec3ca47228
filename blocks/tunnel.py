"""Loopback doors to what only a remote machine can reach: a TCP port, or a unix socket there."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from blocks.connection import Connection
from errors import EposVirtError, WrongInput

if TYPE_CHECKING:
    import paramiko

BLOCK = 65536  # bytes


@contextlib.contextmanager
def tcp_tunnel(connection: Connection, host: str, port: int, near: int = 0) -> Iterator[int]:
    """Listen on a loopback port, a free one for 0: it leads to `host:port` as `connection` sees it.

    Raises:
        WrongInput: the port here is taken, or not ours to take.
    """
    carrier = _carrier(lambda: connection.open_socket(host, port))
    try:
        listening = _TcpServer(("127.0.0.1", near), carrier)
    except OSError as error:
        raise WrongInput(
            f"port {near} of this machine cannot be listened on",
            seen=str(error),
            remedy="name another, or none for one that is free",
        ) from error
    with _listening(listening) as server:
        yield server.server_address[1]


class UnixTunnel:
    """A unix socket here (mode 0700 folder) that leads to a unix socket on the machine."""

    def __init__(self, connection: Connection, remote: str) -> None:
        """Start listening; every client gets a channel of its own."""
        self._folder = tempfile.TemporaryDirectory(prefix="epos-virt-")
        self.path = Path(self._folder.name) / "socket"
        # socat is installed with the machine's other packages; it carries bytes both ways: for ten
        # minutes more after the last that is sent, no longer after the last that is answered. That
        # sshd tells once socat has closed its output, and nobody has its errors' pipe.
        command = ("sh", "-c", 'exec socat -t 600 STDIN!!STDOUT,shut-close "$0" 2>/dev/null')
        opener = _carrier(lambda: connection.open_command(*command, f"UNIX-CONNECT:{remote}"))
        self._server = _UnixServer(str(self.path), opener)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()


class _TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _UnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextlib.contextmanager
def _listening(server: _TcpServer) -> Iterator[_TcpServer]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def _carrier(
    open_channel: Callable[[], paramiko.Channel],
) -> type[socketserver.BaseRequestHandler]:
    class Carrier(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                channel = open_channel()
            except EposVirtError:
                return  # the client sees its connection closed, as with a refused one
            with contextlib.closing(channel):
                _carry(self.request, channel)

    return Carrier


def _carry(near: socket.socket, far: paramiko.Channel) -> None:
    """Copy both ways until the far end closes."""

    def send() -> None:
        with contextlib.suppress(OSError, EOFError):
            while block := near.recv(BLOCK):
                far.sendall(block)
            far.shutdown_write()

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    with contextlib.suppress(OSError, EOFError):
        while block := far.recv(BLOCK):
            near.sendall(block)
    with contextlib.suppress(OSError):
        near.shutdown(socket.SHUT_RDWR)
    thread.join(1)
