"""A client of FWSS, the web service that stores what is found; apps/fwss/README.md describes it."""

import json
import os
import socket
import time
from typing import Any

PORT = 5555
PAUSES = (1, 2, 4, 8, 16)  # s before asking again: its database is starting or busy
SILENT, PROBES, BETWEEN_PROBES = 60, 4, 15  # s, number, s: a peer that is gone, not a slow one


class FwssError(Exception):
    """FWSS answered with an error, or with no HTTP; or it is not known where it is."""

    refused = False
    """What was sent is wrong: sending it again leads to nothing."""


class LaterError(FwssError):
    """It says that it can do it later."""


def changed(files: list[dict[str, Any]]) -> list[int]:
    """Give the places of those files that are not stored as they are now."""
    places: list[int] = json.loads(_posted("/files/changed", json.dumps(files).encode()))["changed"]
    return places


def store(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Store records; give how many were inserted, updated, unchanged, and which were refused."""
    answered: dict[str, Any] = json.loads(_posted("/files", json.dumps(records).encode()))
    return answered


def store_log(name: str, text: bytes) -> None:
    """Store a station's log."""
    _posted("/sitelogs?name=" + name, text)


def _posted(path: str, body: bytes) -> bytes:
    """Send, and send again while it answers 503.

    Raises:
        FwssError: There is no address, or the answer is no success.
        OSError: There is no connection, or no token can be read.
    """
    address = os.environ.get("FWSS_ADDRESS", "")
    if not address:
        raise FwssError("no address of FWSS; give it as FWSS_ADDRESS")
    host, _, port = address.partition(":")
    where = host, int(port or PORT), path, body, _token()
    for pause in PAUSES:
        try:
            return _post(*where)
        except LaterError:
            time.sleep(pause)
    return _post(*where)


def _token() -> str:
    """Read what FWSS asks writers for; one of the operator's own may ask for nothing."""
    path = os.environ.get("WRITE_TOKEN_FILE")
    if not path:
        return ""
    with open(path) as file:
        return file.readline().strip()


def _post(host: str, port: int, path: str, body: bytes, token: str) -> bytes:
    """Send once and return the body of the answer, however long that takes.

    What ends the wait is a machine that no longer answers the kernel's probes.
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
        answered = b""
        while chunk := connection.recv(65536):
            answered += chunk
    return _understood(answered, f"{host}:{port}", path)


def _understood(answered: bytes, who: str, path: str) -> bytes:
    head, _, data = answered.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if not head.startswith(b"HTTP/1.") or not status or len(data) < _length(head):
        raise FwssError(f"{who} gave no complete answer to POST {path}")
    if not status[0].startswith(b"2"):
        evidence = data[:500].decode("utf-8", "replace").strip()
        kind = LaterError if status[0] == b"503" else FwssError
        error = kind(f"{who} answered {status[0].decode('latin-1')} to POST {path}: {evidence}")
        error.refused = status[0].startswith(b"4")
        raise error
    return data


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return 0
