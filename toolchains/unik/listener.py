"""The instance listener: what a guest on rump waits for at its boot.

A stub before the application waits for a broadcast on UDP port 9967 that reads `unik:ADDRESS`,
and then asks ADDRESS, port 3000, for its environment (`POST /register?mac_address=`). UniK's own
listener is a virtual machine whose deployment is commented out for Xen, so this one is opened
while an instance starts. It also learns the instance's address, which the daemon never does.
"""

from __future__ import annotations

import ipaddress
import json
import os
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from errors import EposVirtError, WrongInput

VARIABLE = "UNIK_LISTENER"
REGISTER_PORT = 3000  # TCP, fixed in the stub
BROADCAST_PORT = 9967  # UDP, fixed in the stub
EVERY = 1.0  # seconds between two broadcasts
REMEDY = (
    f"set {VARIABLE} to this machine's address on the guests' bridge, such as 10.0.7.100/24; "
    "the daemon must then listen on another port than 3000: `unik daemon --port 3001`"
)


class NoListener(EposVirtError):
    """A guest needs the listener, and it could not be opened, or did not hear of the guest."""


@dataclass(frozen=True)
class Registered:
    """A guest that asked for its environment."""

    mac: str
    address: str


class Listener:
    """Calls guests, hands the environment to the first that asks; open while used as context."""

    def __init__(
        self,
        interface: ipaddress.IPv4Interface,
        environment: Mapping[str, str],
        *,
        register_port: int = REGISTER_PORT,
        broadcast_port: int = BROADCAST_PORT,
    ) -> None:
        """Take the settings; nothing is opened yet.

        Args:
            interface: this machine's address on the guests' network, with its prefix length.
            environment: what the guest is given.
            register_port: TCP.
            broadcast_port: UDP.
        """
        self.interface = interface
        self.registered: Registered | None = None
        self._answer = json.dumps(dict(environment)).encode()
        self.register_port = register_port
        self.broadcast_port = broadcast_port
        self._trouble = ""
        self._heard = threading.Event()
        self._closed = threading.Event()
        self._taking = threading.Lock()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Listener:
        """Listen, and call until a guest has registered."""
        place = (str(self.interface.ip), self.register_port)
        try:
            self._server = ThreadingHTTPServer(place, _handler(self))
        except OSError as error:
            raise NoListener(
                f"the listener for UniK's guests cannot listen on {place[0]}:{place[1]}",
                seen=str(error),
                remedy=REMEDY,
            ) from None
        for work in (partial(self._server.serve_forever, poll_interval=0.05), self._call):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything."""
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()

    def wait(self, what: str, within: float) -> Registered:
        """Wait until a guest has registered.

        Args:
            what: the guest's name, for the error.
            within: seconds.

        Raises:
            NoListener: none did.
        """
        self._heard.wait(within)
        if self.registered is None:
            raise NoListener(
                f"{what} did not ask for its environment within {within:.0f} s",
                seen=f"called every {EVERY:.0f} s on "
                f"{self.interface.network.broadcast_address}{self._trouble}",
                remedy=f"on the Xen server: xl console {what}; has it an address (DHCP)? "
                "It needs one on the network of the listener",
            )
        return self.registered

    def take(self, mac: str, address: str) -> bytes | None:
        """Give the environment to the first guest that asks, and to that one again."""
        with self._taking:
            if self.registered is None:
                self.registered = Registered(mac, address)
                self._heard.set()
            return self._answer if self.registered.mac == mac else None

    def _call(self) -> None:
        message = f"unik:{self.interface.ip}".encode()
        target = (str(self.interface.network.broadcast_address), self.broadcast_port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            while not (self._closed.is_set() or self._heard.is_set()):
                try:
                    caller.sendto(message, target)
                except OSError as error:  # a bridge that is not up yet
                    self._trouble = f"; the last call failed: {error}"
                self._closed.wait(EVERY)


def interface_here() -> ipaddress.IPv4Interface:
    """Give what UNIK_LISTENER names.

    Raises:
        NoListener: it is not set.
        WrongInput: it is no address with its prefix length.
    """
    text = os.environ.get(VARIABLE, "")
    if not text:
        raise NoListener(
            f"a guest on rump waits for a listener, and {VARIABLE} is not set", remedy=REMEDY
        )
    try:
        if "/" not in text:
            raise ValueError("it has no prefix length")
        return ipaddress.IPv4Interface(text)
    except ValueError as error:
        raise WrongInput(f"{VARIABLE} is {text!r}", seen=str(error), remedy=REMEDY) from None


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers `POST /register?mac_address=`."""

        def do_POST(self) -> None:
            asked = urlsplit(self.path)
            mac = parse_qs(asked.query).get("mac_address", [""])[0].lower()
            known = asked.path == "/register" and mac
            given = listener.take(mac, self.client_address[0]) if known else None
            self.send_response(404 if given is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(given or b"")))
            self.end_headers()
            self.wfile.write(given or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing: guests retry."""

    return Handler
