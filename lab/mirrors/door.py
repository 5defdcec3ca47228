"""The lab's one way out: a proxy that fetches packages from the server's own mirrors, and nothing.

QEMU starts it for every connection that somebody in the lab makes to it, as
`python -I -S door.py PLACES MIRROR...`; standard input is that connection. So it is by itself:
nothing is imported but Python's library.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import select
import socket
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

_PORTS = {"http": 80, "https": 443}
_PLACES = 16  # connections at a time: what a guest can have this machine start
_NO_MIRROR = "no package mirror of this server, and the lab reaches nothing else"
_IDLE = 120  # s without a byte; apt keeps a connection open for as long as it fetches
_BLOCK = 1 << 16
_ASKED = ("Range", "If-Range", "If-Modified-Since", "Cache-Control", "User-Agent", "Authorization")
_ANSWERED = ("Content-Type", "Content-Range", "Accept-Ranges", "Last-Modified", "ETag", "Location")


def is_mirrors(url: str, mirrors: tuple[str, ...]) -> bool:
    """Tell whether what `url` names lies on one of `mirrors`, at its port and below its path."""
    try:
        asked, known = _place(urlsplit(url)), [_place(urlsplit(each)) for each in mirrors]
    except ValueError:  # a port that is none
        return False
    if ".." in asked[2]:
        return False
    return any(asked[:2] == each[:2] and asked[2][: len(each[2])] == each[2] for each in known)


def is_mirrors_port(authority: str, mirrors: tuple[str, ...]) -> bool:
    """Tell whether HOST:PORT is where one of `mirrors` speaks TLS."""
    try:
        asked = _place(urlsplit(f"https://{authority}"))[1]
    except ValueError:
        return False
    return any(_place(urlsplit(each))[:2] == ("https", asked) for each in mirrors)


def _place(url: SplitResult) -> tuple[str, tuple[str, int], list[str]]:
    """Give what is compared of a URL: its scheme, host and port, and the parts of its path."""
    where = (url.hostname or "", url.port or _PORTS.get(url.scheme, 0))
    return url.scheme, where, [part for part in unquote(url.path).split("/") if part]


class MirrorDoor(BaseHTTPRequestHandler):
    """One connection, with as many requests as are made on it."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    mirrors: tuple[str, ...] = ()
    _mirror: http.client.HTTPConnection | None = None

    def do_GET(self) -> None:
        """Fetch a file of a mirror."""
        url = urlsplit(self.path)
        if url.scheme != "http" or not is_mirrors(self.path, self.mirrors):
            self._say(403, _NO_MIRROR)
            return
        try:
            answer = self._ask(url)
        except (OSError, http.client.HTTPException) as error:
            self._say(502, f"the mirror does not answer: {type(error).__name__}")
            return
        self._pass_on(answer)

    do_HEAD = do_GET

    def do_CONNECT(self) -> None:
        """Lead to a mirror that speaks TLS."""
        if not is_mirrors_port(self.path, self.mirrors):
            self._say(403, _NO_MIRROR)
            return
        url = urlsplit(f"https://{self.path}")
        try:
            mirror = socket.create_connection((url.hostname or "", url.port or 443), _IDLE)
        except OSError as error:
            self._say(502, f"the mirror does not answer: {type(error).__name__}")
            return
        self.close_connection = True
        self.send_response_only(200)
        self.end_headers()
        with mirror:
            _exchange(self.connection, mirror)

    def _ask(self, url: SplitResult) -> http.client.HTTPResponse:
        """Ask the mirror, on the connection of the request before where it is the same mirror's."""
        asked = {name: self.headers[name] for name in _ASKED if name in self.headers}
        host, port = url.hostname or "", url.port or _PORTS["http"]
        file = url._replace(scheme="", netloc="").geturl()
        kept = self._mirror
        if kept and (kept.host, kept.port) == (host, port):
            with suppress(OSError, http.client.HTTPException):  # it may be closed meanwhile
                kept.request(self.command, file, headers=asked)
                return kept.getresponse()
        self._mirror = http.client.HTTPConnection(host, port, timeout=_IDLE)
        self._mirror.request(self.command, file, headers=asked)
        return self._mirror.getresponse()

    def _pass_on(self, answer: http.client.HTTPResponse) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name in _ANSWERED:
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        if "Content-Length" in answer.headers:
            self.send_header("Content-Length", answer.headers["Content-Length"])
        elif self.command == "GET" and answer.length != 0:  # 0: a status that has no content
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        while block := answer.read(_BLOCK):
            self.wfile.write(block)
        if answer.will_close or answer.length:
            self._mirror = None
        if answer.length:  # the mirror ended before its file did: so must we
            self.close_connection = True

    def _say(self, status: int, what: str) -> None:
        """Answer in words, and stay: to close before all is read would take the answer back."""
        self.send_response_only(status, what)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Say nothing: there is nobody to hear it."""


def _exchange(one: socket.socket, other: socket.socket) -> None:
    """Carry what either says to the other, until one ends or both are silent."""
    to = {one: other, other: one}
    while ready := select.select([one, other], [], [], _IDLE)[0]:
        for each in ready:
            said = each.recv(_BLOCK)
            if not said:
                return
            to[each].sendall(said)


def _has_place(places: Path) -> bool:
    """Take one of the places, until this process ends; tell whether there was one."""
    held = os.open(places, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for number in range(_PLACES):
        try:
            fcntl.lockf(held, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except OSError:
            continue
        return True
    return False


def main(places: str, *mirrors: str) -> None:
    """Serve the connection that standard input is."""
    with socket.socket(fileno=os.dup(0)) as guest:
        # QEMU gives the same connection as standard error: a guest is told no traceback.
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        if _has_place(Path(places)):
            MirrorDoor.mirrors = mirrors
            MirrorDoor(guest, ("lab", 0), None)  # type: ignore[arg-type]  # it has no server


if __name__ == "__main__":
    main(*sys.argv[1:])
