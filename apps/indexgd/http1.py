"""The little of HTTP/1.1 that one application in one guest needs, on sockets alone.

`http.server` imports email, html and mimetypes: half of the time to the first answer and a megabyte
of the image. One request a connection, no bodies.
"""

import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from typing import NamedTuple

from console import say

LONGEST_HEAD = 8192  # bytes
LONGEST_BODY = 1 << 20  # bytes that are read before it is refused
WITHIN = 20  # s for a whole request, and for each piece of an answer to be taken
REFUSED_WITHIN = 2  # s for the rest of a request that is refused already
PLACES, OF_ONE_ADDRESS = 512, 256  # connections at once; a newcomer always has one
BACKLOG = 256
AT_A_TIME = 64  # newcomers, before those that are there go on
STACK = 512 << 10  # bytes of a thread
SWITCH = 0.0005  # s that a thread that reads files computes while another waits to answer
PIECE = 1 << 14  # bytes of an answer, or of a request, that one connection holds
REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 404: "Not Found",
           405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict",
           413: "Content Too Large", 500: "Internal Server Error"}  # fmt: skip
# Closing throws away what was not sent: the kernel keeps it for minutes otherwise.
AT_ONCE = (1).to_bytes(4, sys.byteorder) + bytes(4)


class Request(NamedTuple):
    """What is asked; path and query are decoded."""

    method: str
    path: str
    query: dict[str, str]


class Response(NamedTuple):
    """An answer; without a length (bytes of the whole body) its end is the connection's."""

    status: int
    body: Generator[bytes]
    length: int | None
    kind: str = "application/json"
    location: str = ""
    slow: bool = False
    """Making its pieces takes long."""


Handler = Callable[[Request], Response]
"""From a request to its answer; may raise RefusedError."""


class RefusedError(Exception):
    """The request is not answered as it wishes; the text says why."""

    def __init__(self, status: int, reason: str) -> None:
        """Take the status and the reason."""
        super().__init__(reason)
        self.status = status


def answer(text: str, status: int = 200, location: str = "") -> Response:
    """Make an answer of a JSON text."""
    body = text.encode() + b"\n"
    return Response(status, _once(body), len(body), location=location)


def _once(body: bytes) -> Generator[bytes]:
    yield body


def _told(error: RefusedError) -> Response:
    import json

    return answer(json.dumps({"error": str(error)}), error.status)


class Client:
    """A connection, and how far it is: it is heard, then answered."""

    def __init__(self, connection: socket.socket, address: str) -> None:
        """Begin to hear it."""
        self.connection, self.address = connection, address
        self.moved = time.monotonic()  # when it came, or took the last piece of its answer
        self.ends = self.moved + WITHIN
        self.busy = False  # a thread answers it
        self.heard = False  # its request is whole, or refused
        self.unread = False  # the rest of its request is still to come
        self.method = "GET"
        self.body: Generator[bytes] | None = None  # what is answered
        self.out = b""  # the piece under way
        self._data = b""
        self._request: Request | None = None
        self._left = 0

    def hear(self, chunk: bytes) -> Request | None:
        """Take a piece of the request; give it when it is whole.

        Raises:
            RefusedError: It is none that can be answered.
        """
        self._data += chunk
        if self._request is None:
            head, end, rest = self._data.partition(b"\r\n\r\n")
            if len(head) > LONGEST_HEAD:
                raise RefusedError(413, f"a request's head has at most {LONGEST_HEAD} bytes")
            if not end:
                return None
            line, *fields = head.split(b"\r\n")
            self._request = _parse(line)
            self.method = self._request.method
            self._left, self._data, chunk = _length(fields), b"", rest
        self._left -= len(chunk)
        self._data = b"".join((self._data + chunk).split())[:3]  # nobody needs more of a body
        if self._left > 0:
            return None
        if self._data not in (b"", b"{}"):
            raise RefusedError(400, "expected no body, or {}: what is asked is in path and query")
        return self._request

    def answer(self, response: Response) -> None:
        """Begin to answer it."""
        head = f"HTTP/1.1 {response.status} {REASONS[response.status]}"
        head += f"\r\nContent-Type: {response.kind}"
        if response.length is not None:
            head += f"\r\nContent-Length: {response.length}"
        if response.location:
            head += f"\r\nLocation: {response.location}"
        self.heard = True
        self.out = f"{head}\r\nConnection: close\r\n\r\n".encode()
        if self.method == "HEAD":
            response.body.close()
        else:
            self.body = response.body
        self.stay(WITHIN)

    def stay(self, within: float) -> None:
        """Note that it moved; it has so many seconds more."""
        self.moved = time.monotonic()
        self.ends = self.moved + within

    def send(self) -> bool:
        """Send a piece; False where there is none left."""
        if not self.out and self.body:
            self.out = next(self.body, b"")
        if not self.out:
            return False
        self.out = self.out[self.connection.send(self.out) :]
        return True

    def end(self, at_once: bool = False) -> None:
        """Close it; at once, what it did not take is thrown away."""
        if self.body:
            self.body.close()
        with self.connection:
            if at_once:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)


def serve(port: int, handler: Handler) -> None:
    """Answer requests for ever."""
    threading.stack_size(STACK)
    sys.setswitchinterval(SWITCH)
    with socket.create_server(("", port), backlog=BACKLOG) as listener, select.epoll() as events:
        listener.setblocking(False)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIECE)  # its connections have it
        Server(listener, events, handler).run()


class Server:
    """One thread hears and answers all, so that nobody waits for who is slow.

    A newcomer has a place at once: where none is left, for all or for its address, the connection
    that has been still for longest is dropped.
    """

    def __init__(self, listener: socket.socket, events: select.epoll, handler: Handler) -> None:
        """Take where connections come from."""
        self._listener, self._events, self._handler = listener, events, handler
        self._clients: dict[int, Client] = {}
        self._looked = time.monotonic()
        events.register(listener, select.EPOLLIN)

    def run(self) -> None:
        """Do it for ever."""
        while True:
            for number, _ in self._events.poll(1 if self._clients else None):
                if number == self._listener.fileno():
                    self._accept()
                elif client := self._clients.get(number):
                    self._go_on(client)
            if time.monotonic() - self._looked > 1:
                self._look_at_limits()

    def _accept(self) -> None:
        for _ in range(AT_A_TIME):
            try:
                connection, (address, _) = self._listener.accept()
            except OSError:  # nobody is there, or has gone again
                return
            connection.setblocking(False)
            client = Client(connection, address)
            if not self._make_room(address):
                client.end(at_once=True)
                continue
            self._clients[connection.fileno()] = client
            self._events.register(connection, select.EPOLLIN)
            self._go_on(client)

    def _make_room(self, address: str) -> bool:
        """Drop a connection where there are too many; False where threads answer all of them."""
        crowd = [one for one in self._clients.values() if one.address == address]
        if len(crowd) < OF_ONE_ADDRESS:
            if len(self._clients) < PLACES:
                return True
            crowd = [*self._clients.values()]
        still = [one for one in crowd if not one.busy]
        if still:
            self._end(min(still, key=lambda one: one.moved), at_once=True)
        return bool(still)

    def _end(self, client: Client, at_once: bool = False) -> None:
        self._clients.pop(client.connection.fileno(), None)
        client.end(at_once)

    def _go_on(self, client: Client) -> None:
        try:
            if not client.heard:
                self._hear(client)
            elif client.body or client.out:
                self._send(client)
            elif not client.connection.recv(PIECE):  # the rest of what is refused
                self._end(client)
        except BlockingIOError:
            pass  # when it has something, or takes more
        except OSError:
            self._end(client)  # it has gone

    def _hear(self, client: Client) -> None:
        chunk = client.connection.recv(PIECE)
        if not chunk:
            self._end(client)
            return
        try:
            request = client.hear(chunk)
            if request is None:
                return
            response = self._handled(request)
        except RefusedError as error:
            self._refuse(client, error)
            return
        client.answer(response)
        if response.slow:
            self._leave_to_thread(client)
        else:
            self._begin_to_send(client)

    def _handled(self, request: Request) -> Response:
        try:
            return self._handler(request)
        except RefusedError as error:
            return _told(error)
        except Exception as error:  # one request must not end the only process of the guest
            say(f"{request.method} {request.path}: {error!r}")
            return answer('{"error": "internal error; the console says more"}', 500)

    def _refuse(self, client: Client, error: RefusedError) -> None:
        client.answer(_told(error))
        client.unread = True
        self._begin_to_send(client)

    def _begin_to_send(self, client: Client) -> None:
        self._events.modify(client.connection, select.EPOLLOUT)
        self._send(client)

    def _send(self, client: Client) -> None:
        """Send a piece, for others wait too; then hear what the kernel wants to have been read."""
        try:
            if client.send():
                client.stay(WITHIN)
                return
        except BlockingIOError:
            return
        except OSError:
            raise
        except Exception as error:  # of what makes the answer: it is seen to be cut off
            say(f"an answer was not finished: {error!r}")
            self._end(client, at_once=True)
            return
        if not client.unread:
            self._end(client)
            return
        client.body = None
        client.connection.shutdown(socket.SHUT_WR)
        client.stay(REFUSED_WITHIN)
        self._events.modify(client.connection, select.EPOLLIN)

    def _leave_to_thread(self, client: Client) -> None:
        """Let a thread answer: making the answer takes long."""
        self._events.unregister(client.connection)
        client.busy = True
        client.connection.settimeout(WITHIN)
        threading.Thread(target=self._answer_slowly, args=(client,), daemon=True).start()

    def _answer_slowly(self, client: Client) -> None:
        at_once = True
        try:
            while client.send():
                pass
            at_once = False
        except OSError:
            pass  # it has gone, or takes nothing
        except Exception as error:
            say(f"an answer was not finished: {error!r}")
        self._end(client, at_once)

    def _look_at_limits(self) -> None:
        self._looked = time.monotonic()
        for client in [*self._clients.values()]:
            if client.busy or client.ends > self._looked:
                continue
            if client.heard:
                self._end(client, at_once=True)
            else:
                self._refuse_late(client)

    def _refuse_late(self, client: Client) -> None:
        try:
            self._refuse(client, RefusedError(408, f"no whole request within {WITHIN} s"))
        except OSError:
            self._end(client)


def _parse(line: bytes) -> Request:
    """Read a request's first line.

    Raises:
        RefusedError: It is none, or its path or query is no text.
    """
    words = line.split(b" ")
    if len(words) != 3 or not words[2].startswith(b"HTTP/1.") or words[1][:1] != b"/":
        raise RefusedError(400, "this is no request of HTTP/1.1")
    path, _, query = words[1].partition(b"?")
    pairs = (pair.partition(b"=") for pair in query.split(b"&") if pair)
    asked = {_unquoted(name): _unquoted(value) for name, _, value in pairs}
    return Request(words[0].decode("latin-1"), _unquoted(path), asked)


def _unquoted(text: bytes) -> str:
    """Read percent-encoded UTF-8, without control characters, so without NUL and surrogates."""
    first, *escaped = text.split(b"%")
    try:
        if any(len(piece) < 2 for piece in escaped) or not _plain(text.decode("latin-1")):
            raise ValueError
        codes = (bytes.fromhex(piece[:2].decode()) + piece[2:] for piece in escaped)
        found = (first + b"".join(codes)).decode()
    except ValueError:
        found = "\0"
    if not _plain(found):
        raise RefusedError(400, "path and query: expected UTF-8 without control characters, as %XX")
    return found


def _plain(text: str) -> bool:
    return not any(letter < " " or letter == "\x7f" for letter in text)


def _length(fields: list[bytes]) -> int:
    """Give the bytes of the body.

    Raises:
        RefusedError: It has none that is told as a number, or too many.
    """
    named = [(name.strip().lower(), value.strip())
             for name, _, value in (field.partition(b":") for field in fields)]  # fmt: skip
    told = {value for name, value in named if name == b"content-length"} or {b"0"}
    if len(told) > 1 or not (value := told.pop()).isdigit():
        raise RefusedError(400, "Content-Length: expected one number of bytes")
    if any(name == b"transfer-encoding" for name, _ in named):
        raise RefusedError(400, "Transfer-Encoding is not understood here; send Content-Length")
    digits = value.lstrip(b"0")
    if len(digits) > len(str(LONGEST_BODY)) or int(digits or b"0") > LONGEST_BODY:
        raise RefusedError(413, f"a request's body has at most {LONGEST_BODY} bytes; send none")
    return int(digits or b"0")
