"""A UniK daemon that SERVES TESTS: its HTTP API, status codes and failures, and no unikernel.

`python -m toolchains.unik.local_daemon --port N`, on 127.0.0.1. Images and instances are kept in
memory only; nothing is compiled and nothing booted. What it answers is what the real daemon with
the provider xen answers (solo-io/unik: pkg/daemon/daemon.go, pkg/providers/xen), among it:

- what is looked up by name is looked up by a *part* of an identity or name, the first is taken;
- an image or instance that is not known is status 500 on GET and DELETE, 400 on run;
- logs are answered with status 200 also where reading them failed;
- start and stop of an instance are always status 500;
- the state of an instance is never refreshed, and it never has an address.

Every answer carries the header `X-Serves-Tests`, so that nobody takes it for the real one.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from urllib.parse import parse_qsl, unquote, urlsplit

from toolchains.unik.local_answers import Answered, Asked, Failed, State, route

MARK = ("X-Serves-Tests", "epos-virt toolchains.unik.local_daemon; nothing is built or booted")


class LocalDaemon(ThreadingHTTPServer):
    """The server; used as context it serves in a thread."""

    def __init__(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.state = State()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> LocalDaemon:
        """Serve."""
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop."""
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: LocalDaemon

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        asked = self._asked()
        act = route(self.command, asked.parts)
        try:
            if act is None:
                raise Failed(404, "404 page not found\n")
            with self.server.lock:
                answered = act(self.server.state, asked)
        except Failed as error:
            answered = Answered(error.status, str(error))
        content = answered.content
        text = "" if content is None else content if isinstance(content, str) else dumps(content)
        body = text.encode()
        self.send_response(answered.status)
        self.send_header(*MARK)
        self.send_header("Content-Type", "text/plain; charset=utf-8")  # Go guesses it, also JSON
        if answered.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _asked(self) -> Asked:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        values = dict(parse_qsl(url.query))
        file = None
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("multipart/form-data"):
            file = _read_form(kind, body, values)
        return Asked([unquote(part) for part in url.path.strip("/").split("/")], values, file, body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _read_form(kind: str, body: bytes, values: dict[str, str]) -> bytes | None:
    """Read a multipart form: fields go into `values`, the file marked tarfile is returned."""
    file = None
    message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    for part in message.walk():
        name = part.get_param("name", header="Content-Disposition")
        content = part.get_payload(decode=True)
        if name == "tarfile" and isinstance(content, bytes):
            file = content
        elif isinstance(name, str) and isinstance(content, bytes):
            values[name] = content.decode()
    return file


def main(words: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m toolchains.unik.local_daemon", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--port", type=int, default=3000, help="default: %(default)s")
    daemon = LocalDaemon(parser.parse_args(words).port)
    sys.stderr.write(f"{daemon.url}: serves tests; nothing is built or booted\n")
    try:
        daemon.serve_forever()
    except KeyboardInterrupt:
        return 130
    finally:
        daemon.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
