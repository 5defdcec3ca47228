"""indexGD: index the RINEX files below a directory and send the result to FWSS.

The only process of its guest. It listens before it imports what indexing needs.
"""

import os
import signal
import sys
from collections.abc import Generator
from types import FrameType
from typing import TYPE_CHECKING

import http1

if TYPE_CHECKING:
    from run import Runs

ARCHIVE = os.environ.get("ARCHIVE", "/archive")
DATA_CENTER = os.environ.get("DATA_CENTER", "EPOS")
PORT = int(os.environ.get("PORT", "4000"))
runs: "Runs | None" = None


def handle(request: http1.Request) -> http1.Response:
    """Answer one request."""
    path = request.path
    if path == "/health":
        return http1.answer('{"status": "ok"}')
    if path == "/index" or path.startswith("/index/"):
        return _index(request, path.removeprefix("/index").removeprefix("/"))
    if path == "/records":
        _reads(request)
        return _records()
    if path.startswith("/archive/"):
        _reads(request)
        return _file(path.removeprefix("/archive/"))
    raise http1.RefusedError(404, "not found; there are /health, /index, /records and /archive/")


def _reads(request: http1.Request, else_use: str = "") -> None:
    if request.method not in ("GET", "HEAD"):
        raise http1.RefusedError(405, f"use GET{else_use}")
    _knows(request)


def _knows(request: http1.Request, *names: str) -> None:
    if unknown := sorted(request.query.keys() - set(names)):
        known = f"known is {names[0]}" if names else "none is known here"
        raise http1.RefusedError(400, f"unknown parameter {unknown[0][:100]!r}; {known}")


def _index(request: http1.Request, name: str) -> http1.Response:
    """POST starts a run or joins the one under way; GET says how far it is."""
    global runs
    if runs is None:
        from run import Runs

        runs = Runs()
    if request.method == "POST" and not name:
        _knows(request, "all")
        run = runs.begin(ARCHIVE, DATA_CENTER, "all" in request.query)
        return _shown(run.summary(), 202)
    _reads(request, "" if name else " to look, POST to start")
    found = runs.find(name) if name else runs.latest()
    if found is not None:
        return _shown(found.summary())
    if name:
        what = "no such run since this program started"
        raise http1.RefusedError(404, f"{what}; POST /index begins one, and reads no file again")
    return _shown({"state": "none", "archive": ARCHIVE})


def _shown(summary: dict[str, object], status: int = 200) -> http1.Response:
    import json

    location = str(summary["address"]) if status == 202 else ""
    return http1.answer(json.dumps(summary), status, location)


def _records() -> http1.Response:
    """Say what the archive holds; sends nothing. Ends early where a run begins: runs go first."""
    from run import reading

    if not os.path.isdir(ARCHIVE):
        raise http1.RefusedError(404, f"{ARCHIVE} is no directory; mount the archive there")
    if not reading.acquire(blocking=False):
        raise http1.RefusedError(409, "the archive is being read; GET /index says how far it is")
    body = _listing()
    next(body)  # from here on its end frees the lock
    return http1.Response(200, body, None, slow=True)


def _listing() -> Generator[bytes]:
    """Yield JSON as files are read; whole only with its last bracket."""
    import json

    from index import RECORD, index_archive
    from run import RUNNING, reading

    try:
        yield b""
        yield f'{{"archive": {json.dumps(ARCHIVE)}, "files": ['.encode()
        separator = "\n"
        for _, kind, what in index_archive(ARCHIVE, DATA_CENTER):
            latest = runs.latest() if runs else None
            if latest and latest.state == RUNNING:
                return
            if kind == RECORD:
                yield (separator + json.dumps(what)).encode()
                separator = ",\n"
        yield b"]}\n"
    finally:
        reading.release()


def _file(relative: str) -> http1.Response:
    """Publish a file of the archive, so that the URLs GLASS hands out lead somewhere."""
    root = os.path.realpath(ARCHIVE)
    path = os.path.realpath(os.path.join(root, relative))
    if not path.startswith(root + os.sep) or not os.path.isfile(path):
        raise http1.RefusedError(404, "no such file in the archive")
    size = os.path.getsize(path)

    def content() -> Generator[bytes]:
        left = size
        with open(path, "rb") as file:
            while left > 0 and (chunk := file.read(min(left, http1.PIECE))):
                left -= len(chunk)
                yield chunk

    return http1.Response(200, content(), size, "application/octet-stream")


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    # The kernel drops signals that the first process does not handle.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    http1.serve(PORT, handle)
