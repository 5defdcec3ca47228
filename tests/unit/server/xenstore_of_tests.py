"""Xenstore for what asks it of one device: its wire protocol on a socket of the test's own."""

from __future__ import annotations

import socket
import struct
import threading
from pathlib import Path

BACKEND = "/local/domain/0/backend/vbd/7/51728"
HEADER = struct.Struct("=IIII")  # xen/include/public/io/xs_wire.h: xsd_sockmsg
READ, WRITE, ERROR = 2, 11, 16


class Store(dict[str, str]):
    """Reads and writes of what is below one device."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, client.makefile("rb") as asked:
                while header := asked.read(HEADER.size):
                    verb, request, transaction, length = HEADER.unpack(header)
                    verb, answer = self._answer(verb, asked.read(length))
                    client.sendall(HEADER.pack(verb, request, transaction, len(answer)) + answer)

    def _answer(self, verb: int, body: bytes) -> tuple[int, bytes]:
        path, _, value = body.partition(b"\0")
        key = path.decode().removeprefix(f"{BACKEND}/")
        if verb == WRITE:
            self[key] = value.decode()
            return WRITE, b"OK\0"
        return (READ, self[key].encode()) if key in self else (ERROR, b"ENOENT\0")

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
