"""Doors through a machine, tried on a real SSH server: bytes go both ways, closed ones are shut."""

from __future__ import annotations

import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blocks.connection import Connection, ConnectionLost
from blocks.tunnel import UnixTunnel, tcp_tunnel
from blocks.web import request
from errors import EposVirtError
from tests import needs


class Echo(socketserver.BaseRequestHandler):
    """Sends back what it gets, until the other side has said all."""

    def handle(self) -> None:
        while block := self.request.recv(65536):
            self.request.sendall(block)


def serving(server: socketserver.BaseServer) -> Iterator[socketserver.BaseServer]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def echo_port() -> Iterator[int]:
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    for _ in serving(server):
        yield int(server.server_address[1])


@pytest.fixture
def echo_socket(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "echo"
    server = socketserver.ThreadingUnixStreamServer(str(path), Echo)
    server.daemon_threads = True
    for _ in serving(server):
        yield path


def echoed(door: socket.socket, content: bytes) -> bytes:
    """What comes back through a door; sent and read at the same time."""
    door.settimeout(20)

    def send() -> None:
        door.sendall(content)
        door.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    back = b"".join(iter(lambda: door.recv(65536), b""))
    sender.join()
    return back


def test_a_tcp_tunnel_carries_both_ways(connection: Connection, echo_port: int) -> None:
    content = os.urandom(300_000)
    with tcp_tunnel(connection, "127.0.0.1", echo_port) as port:
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", port), 5) as door:
                assert echoed(door, content) == content


def test_a_tcp_tunnel_to_nobody_closes_the_door(connection: Connection) -> None:
    with (
        tcp_tunnel(connection, "127.0.0.1", 1) as port,
        socket.create_connection(("127.0.0.1", port), 5) as door,
    ):
        door.settimeout(10)
        assert door.recv(10) == b""


def test_a_tcp_tunnel_is_gone_after_its_block(connection: Connection, echo_port: int) -> None:
    with tcp_tunnel(connection, "127.0.0.1", echo_port) as port:
        pass
    with socket.socket() as door:
        assert door.connect_ex(("127.0.0.1", port)) != 0


def test_open_socket_tells_what_cannot_be_reached(connection: Connection) -> None:
    with pytest.raises(ConnectionLost, match=r"127\.0\.0\.1:1 from server"):
        connection.open_socket("127.0.0.1", 1)


def test_a_machine_is_reached_through_another(ssh_server: Any, connection: Connection) -> None:
    behind = Connection(ssh_server.target(), through=connection)
    assert behind.check("echo", "through") == "through\n"
    behind.close()


def test_a_unix_tunnel_carries_both_ways(connection: Connection, echo_socket: Path) -> None:
    needs.program("socat", package="socat")
    content = os.urandom(300_000)
    tunnel = UnixTunnel(connection, str(echo_socket))
    try:
        assert tunnel.path.parent.stat().st_mode & 0o777 == 0o700
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(tunnel.path))
            assert echoed(door, content) == content
    finally:
        tunnel.close()
    assert not tunnel.path.exists()


class Saying(socketserver.BaseRequestHandler):
    """Says something and goes, as Docker's engine does at the end of a command's output."""

    def handle(self) -> None:
        self.request.sendall(b"all of it")


def test_the_end_of_an_answer_is_seen_by_who_still_could_ask(
    connection: Connection, tmp_path: Path
) -> None:
    needs.program("socat", package="socat")
    server = socketserver.ThreadingUnixStreamServer(str(tmp_path / "saying"), Saying)
    for _ in serving(server):
        tunnel = UnixTunnel(connection, str(tmp_path / "saying"))
        try:
            with socket.socket(socket.AF_UNIX) as door:
                door.settimeout(20)
                door.connect(str(tunnel.path))
                assert b"".join(iter(lambda: door.recv(65536), b"")) == b"all of it"
        finally:
            tunnel.close()


def test_an_application_that_does_not_answer_is_a_transient_error(connection: Connection) -> None:
    with pytest.raises(EposVirtError, match=r"http://127\.0\.0\.1:1/ping does not answer") as error:
        request(connection, "127.0.0.1", 1, "/ping", timeout=5)
    assert error.value.transient
