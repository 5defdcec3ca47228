"""indexGD: index the RINEX files below a directory and send the result to FWSS.

The only process of its guest. It listens before it imports what indexing needs.
"""

import os
import signal
import sys
import time
from threading import Lock
from types import FrameType
from typing import Any

import http1

ARCHIVE = os.environ.get("ARCHIVE", "/archive")
DATA_CENTER = os.environ.get("DATA_CENTER", "EPOS")
PORT = int(os.environ.get("PORT", "4000"))
FWSS_PORT = 5555
PAUSES = (1, 2, 4, 8, 16)  # s before asking FWSS again, whose database is starting or busy
BATCH = 50  # files in one request to FWSS; about 40 kB
under_way = Lock()


def handle(method: str, target: str) -> http1.Response:
    """Answer one request."""
    path = target.partition("?")[0]
    if path == "/health":
        return http1.answer('{"status": "ok"}')
    if path == "/index":
        return _index(method)
    if path.startswith("/archive/") and method == "GET":
        return _file(path.removeprefix("/archive/"))
    return http1.answer('{"error": "not found; there are /health, /index and /archive/"}', 404)


def _index(method: str) -> http1.Response:
    """GET says what would be sent, POST sends it."""
    import json

    if method not in ("GET", "POST"):
        return http1.answer('{"error": "use GET to look, POST to send"}', 405)
    if not under_way.acquire(blocking=False):
        return http1.answer('{"error": "indexing is under way; try again later"}', 409)
    try:
        summary = look() if method == "GET" else send()
    except (OSError, http1.HttpError, ValueError) as error:
        return http1.answer(json.dumps({"error": str(error)}), 502)
    finally:
        under_way.release()
    return http1.answer(json.dumps(summary))


def look() -> dict[str, Any]:
    """Index the archive and return what it holds."""
    from index import ERROR, LOG, RECORD, SKIPPED, index_archive

    found: dict[str, list[Any]] = {RECORD: [], ERROR: [], LOG: [], SKIPPED: []}
    for path, kind, what in index_archive(_archive(), DATA_CENTER):
        found[kind].append(what if kind == RECORD else (path, what))
    return {
        "archive": ARCHIVE,
        "files": found[RECORD],
        "errors": [{"file": path, "error": reason} for path, reason in found[ERROR]],
        "logs": [path for path, _ in found[LOG]],
        "skipped": [{"file": path, "reason": reason} for path, reason in found[SKIPPED]],
    }


def send() -> dict[str, Any]:
    """Index the archive, send logs and records, these in batches; return what became of them."""
    from index import ERROR, LOG, SKIPPED, index_archive

    began = time.monotonic()
    counts = {"inserted": 0, "updated": 0, "unchanged": 0}
    found, logs, batch = 0, 0, []
    faults, skipped, errors = [], [], []
    for path, kind, what in index_archive(_archive(), DATA_CENTER):
        if kind == SKIPPED:
            skipped.append({"file": path, "reason": what})
        elif kind == LOG:
            logs += 1
            errors += _post_log(path)
        elif kind == ERROR:
            found += 1
            errors.append({"file": path, "error": what})
        else:
            found += 1
            faults += [{"file": path, "fault": fault} for fault in what.pop("faults")]
            batch.append(what)
        if len(batch) == BATCH:
            errors += _post(batch, counts)
            batch = []
    if batch:
        errors += _post(batch, counts)
    return {
        "archive": ARCHIVE,
        "found": found,
        **counts,
        "logs": logs,
        "skipped": skipped,
        "faults": faults,
        "errors": errors,
        "seconds": round(time.monotonic() - began, 3),
    }


def _post_log(path: str) -> list[dict[str, str]]:
    """Send a station's log; give what is wrong with it, if anything is."""
    try:
        with open(os.path.join(ARCHIVE, path), "rb") as file:
            text = file.read()
    except OSError as error:
        return [{"file": path, "error": str(error)}]
    try:
        _posted("/sitelogs?name=" + os.path.basename(path), text)
    except http1.HttpError as error:
        if not error.refused:
            raise
        return [{"file": path, "error": str(error)}]
    return []


def _post(batch: list[dict[str, Any]], counts: dict[str, int]) -> list[dict[str, str]]:
    """Send records; count what became of them, give those that FWSS refused as errors."""
    import json

    answered = json.loads(_posted("/files", json.dumps(batch).encode()))
    for kind in counts:
        counts[kind] += answered[kind]
    return [
        {"file": _path(batch[one["record"]]), "error": "; ".join(one["errors"])}
        for one in answered["refused"]
    ]


def _path(record: dict[str, Any]) -> str:
    return "/".join(part for part in (record["relative_path"], record["name"]) if part)


def _posted(path: str, body: bytes) -> bytes:
    address = os.environ.get("FWSS_ADDRESS", "")
    if not address:
        raise ValueError("no address of FWSS; give it as FWSS_ADDRESS")
    host, _, port = address.partition(":")
    where = host, int(port or FWSS_PORT), path, body, _token()
    for pause in PAUSES:
        try:
            return http1.post(*where)
        except http1.LaterError:
            time.sleep(pause)
    return http1.post(*where)


def _token() -> str:
    """Read what FWSS asks writers for; one of the operator's own may ask for nothing."""
    path = os.environ.get("WRITE_TOKEN_FILE")
    if not path:
        return ""
    with open(path) as file:
        return file.readline().strip()


def _archive() -> str:
    if not os.path.isdir(ARCHIVE):
        raise ValueError(f"{ARCHIVE} is no directory; mount the archive there, or name it: ARCHIVE")
    return ARCHIVE


def _file(relative: str) -> http1.Response:
    """Publish a file of the archive, so that the URLs GLASS hands out lead somewhere."""
    root = os.path.realpath(ARCHIVE)
    path = os.path.realpath(os.path.join(root, relative))
    if not path.startswith(root + os.sep) or not os.path.isfile(path):
        return http1.answer('{"error": "no such file in the archive"}', 404)
    from compress import CHUNK

    size = os.path.getsize(path)

    def content() -> Any:
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    return http1.Response(200, content(), size, "application/octet-stream")


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    # The kernel drops signals that the first process does not handle.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    http1.serve(PORT, handle)
