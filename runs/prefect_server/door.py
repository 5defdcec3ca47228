"""The door of our Prefect server: only who calls it by its own name and has the login comes in.

Its pages load nothing from, and tell nothing to, any other server.

Prefect checks the login itself, but only after CSRF tokens, and takes any Host: a page whose name
was made to point here (DNS rebinding) would be of the server's own origin.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN = ("/api/health", "/api/ready")  # tell nothing but that a server is there


class Door:
    """Refuses foreign hosts, foreign origins and calls of the API without the login."""

    def __init__(self, app: ASGIApp, origins: Collection[str], login: str) -> None:
        """Stand before `app`.

        Args:
            app: the server.
            origins: where pages may come from, like http://127.0.0.1:4200; their host names
                are those by which the server may be called.
            login: user:password.
        """
        self._app = app
        self._origins = frozenset(origins)
        self._hosts = frozenset(urlsplit(origin).hostname for origin in origins)
        self._login = login.encode()
        self._policy = content_policy(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer why not."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = self._policy
            await send(message)

        if (why := self._foreign(headers)) is None and self._may_enter(scope, headers):
            await self._app(scope, receive, send_with_policy)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": why or "Unauthorized"})
        elif why:
            await JSONResponse({"detail": why}, 403)(scope, receive, send)
        else:
            await JSONResponse({"exception_message": "Unauthorized"}, 401)(scope, receive, send)

    def _foreign(self, headers: Headers) -> str | None:
        host = headers.get("host", "")
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            name = None
        if name not in self._hosts:
            return "this server is not called by that name (Host)"
        origin = headers.get("origin")
        # A tunnel may end at another port here: its pages are of the origin they call.
        if origin is None or origin in self._origins or origin == f"http://{host}":
            return None
        return "pages from there may not ask this server (Origin)"

    def _may_enter(self, scope: Scope, headers: Headers) -> bool:
        path: str = scope["path"]
        if scope["type"] == "websocket":  # its first message is the login; Prefect checks it
            return True
        if not path.startswith("/api") or scope["method"] == "OPTIONS":
            return True  # the UI's files; a browser's question before it calls (CORS)
        if path in OPEN and scope["method"] in ("GET", "HEAD"):
            return True
        scheme, _, told = headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(told, validate=True)
        except ValueError:  # binascii.Error is one
            return False
        return scheme.lower() == "basic" and hmac.compare_digest(given, self._login)


def content_policy(origins: Collection[str]) -> str:
    """Give what the UI's pages may load and ask (Content-Security-Policy): this server only.

    With analytics off Prefect's pages still ask a service for statistics of use.
    """
    asked = [*origins, *(origin.replace("http", "ws", 1) for origin in origins)]
    return "; ".join(
        [
            "default-src 'self'",
            "script-src 'self' 'unsafe-eval'",  # the graph of a run is drawn by PixiJS
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            f"connect-src 'self' {' '.join(asked)}",
            "frame-ancestors 'none'",
        ]
    )
