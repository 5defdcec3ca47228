"""Runs on the server with its Python: asks an application until it answers correctly.

Arguments: scheme, address, port, path, text the answer must hold, seconds, certificate (PEM).
Prints `ready` when it has begun to ask, and at the first correct answer `answered` with the time.
Ends with its standard input: nobody listens any more when whoever started it was killed.
"""

import os
import socket
import ssl
import sys
import threading
import time

CONNECT = 0.05  # seconds: an address nobody has yet answers nothing at all
ANSWER = 30.0  # seconds: a runtime that is just starting may take its time
PAUSE = 0.02  # seconds between two questions; asking oftener slows what is asked


def ask(
    scheme: str, address: str, port: int, path: str, wanted: str, context: ssl.SSLContext | None
) -> bool:
    """Ask once; tell whether the answer was right: a greeting, an answer by TCP, an HTTP page."""
    try:
        connection = socket.create_connection((address, port), CONNECT)
    except OSError:
        return False
    try:
        connection.settimeout(ANSWER)
        if scheme == "ssh":
            return connection.recv(255).startswith(wanted.encode())
        if scheme == "tcp":
            connection.sendall(path.encode())
            return answered(connection, wanted.encode())
        if context:
            connection = context.wrap_socket(connection, server_hostname=address)
        request = f"GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        connection.sendall(request.encode())
        answer = b""
        while True:
            block = connection.recv(65536)
            if not block:
                break
            answer += block
    except OSError:
        return False
    finally:
        connection.close()
    status = answer.split(b" ", 2)[1:2]
    return status == [b"200"] and wanted.encode() in answer


def answered(connection: socket.socket, wanted: bytes) -> bool:
    """Tell whether what comes holds what is wanted, before its end."""
    answer = b""
    while wanted not in answer:
        block = connection.recv(65536)
        if not block:
            return False
        answer += block
    return True


def end_with_input() -> None:
    """End when standard input does."""
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> int:
    """Ask until it is answered or the time is over."""
    scheme, address, port, path, wanted, seconds, certificate = sys.argv[1:8]
    context = None
    if scheme == "https":
        context = ssl.create_default_context(cadata=certificate)
    threading.Thread(target=end_with_input, daemon=True).start()
    deadline = time.monotonic() + float(seconds)
    print("ready", flush=True)  # noqa: T201 - this is how it talks to whoever started it
    while time.monotonic() < deadline:
        if ask(scheme, address, int(port), path, wanted, context):
            print(f"answered {time.time():.6f}", flush=True)  # noqa: T201
            return 0
        time.sleep(PAUSE)
    return 1


if __name__ == "__main__":
    sys.exit(main())
