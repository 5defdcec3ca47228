"""The little of HTTP/1.1 that one application in one guest needs, on sockets alone.

`http.server` and `http.client` import email, html and mimetypes: half of the time to the first
answer and a megabyte of the image. One request a connection, bodies with Content-Length.
"""

import socket
import sys
from collections.abc import Callable, Iterator
from threading import BoundedSemaphore, Thread
from typing import NamedTuple

LONGEST_HEAD = 16384  # bytes
CLIENTS = 16  # at once; further ones wait in the backlog
CLIENT_TIMEOUT = 120  # s for 64 kB; a client that is slower keeps others out
SILENT, PROBES, BETWEEN_PROBES = 60, 4, 15  # s, number, s: a peer that is gone, not a slow one
PIECE = 1 << 16  # bytes
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
           409: "Conflict", 500: "Internal Server Error", 502: "Bad Gateway"}  # fmt: skip


class HttpError(Exception):
    """The other side answered with an error, or with no HTTP."""

    refused = False
    """What was sent is wrong: sending it again leads to nothing."""


class LaterError(HttpError):
    """The other side says that it can do it later."""


class Response(NamedTuple):
    """An answer; length is in bytes and must be that of the whole body."""

    status: int
    body: Iterator[bytes]
    length: int
    kind: str = "application/json"


Handler = Callable[[str, str], Response]
"""From method and path (with its query) to the answer."""


def answer(text: str, status: int = 200) -> Response:
    """Make an answer of a JSON text."""
    body = text.encode() + b"\n"
    return Response(status, iter((body,)), len(body))


def serve(port: int, handler: Handler) -> None:
    """Answer requests for ever, each in a thread of its own."""
    free = BoundedSemaphore(CLIENTS)
    with socket.create_server(("", port), backlog=64) as listener:
        while True:
            free.acquire()
            try:
                client, _ = listener.accept()
                Thread(target=_converse, args=(client, handler, free), daemon=True).start()
            except OSError as error:  # out of descriptors, or a client that has gone
                free.release()
                sys.stderr.write(f"indexGD: {error}\n")


def _converse(client: socket.socket, handler: Handler, free: BoundedSemaphore) -> None:
    try:
        with client:
            client.settimeout(CLIENT_TIMEOUT)
            request = _read_head(client)
            if request is not None:
                _send(client, *request, handler)
    except OSError:
        pass  # the client has gone
    finally:
        free.release()


def _send(client: socket.socket, method: str, path: str, handler: Handler) -> None:
    try:
        response = handler("GET" if method == "HEAD" else method, path)
    except Exception as error:  # one request must not end the only process of the guest
        sys.stderr.write(f"indexGD: {method} {path}: {error!r}\n")
        response = answer('{"error": "internal error; the console says more"}', 500)
    head = (
        f"HTTP/1.1 {response.status} {REASONS[response.status]}\r\n"
        f"Content-Type: {response.kind}\r\nContent-Length: {response.length}\r\n"
        "Connection: close\r\n\r\n"
    )
    client.sendall(head.encode())
    if method != "HEAD":
        for chunk in response.body:
            for begin in range(0, len(chunk), PIECE):  # the time is for each
                client.sendall(chunk[begin : begin + PIECE])


def _read_head(client: socket.socket) -> tuple[str, str] | None:
    """Read a request's head and body; the body, which nobody needs here, is thrown away."""
    head, rest = _until_blank_line(client)
    if not head:
        return None
    parts = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        return None
    left = min(_length(head) or 0, 1 << 20) - len(rest)
    while left > 0 and (chunk := client.recv(min(left, 65536))):
        left -= len(chunk)
    return parts[0], parts[1]


def _until_blank_line(connection: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(4096)
        if not chunk or len(data) > LONGEST_HEAD:
            return b"", b""
        data += chunk
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def _length(head: bytes) -> int | None:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return None


def post(host: str, port: int, path: str, body: bytes, token: str = "") -> bytes:
    """Send JSON and return the body of the answer, however long that takes.

    With a token it is sent as a bearer's.

    What ends the wait is a machine that no longer answers the kernel's probes.

    Raises:
        LaterError: The answer is 503.
        HttpError: The answer is no success, or not complete.
        OSError: There is no connection.
    """
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    head = (
        f"POST {path} HTTP/1.0\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n{bearer}"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((host, port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, SILENT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, BETWEEN_PROBES)
        connection.sendall(head.encode() + body)
        answered, data = _until_blank_line(connection)
        while chunk := connection.recv(65536):
            data += chunk
    status = answered.split(b" ", 2)[1:2]
    if not answered.startswith(b"HTTP/1.") or not status or len(data) < (_length(answered) or 0):
        raise HttpError(f"{host}:{port} gave no complete answer to POST {path}")
    if not status[0].startswith(b"2"):
        evidence = data[:500].decode("utf-8", "replace").strip()
        kind = LaterError if status[0] == b"503" else HttpError
        error = kind(f"{host}:{port} answered {status[0].decode()} to POST {path}: {evidence}")
        error.refused = status[0].startswith(b"4")
        raise error
    return data
