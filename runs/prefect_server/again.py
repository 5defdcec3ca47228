"""A request that found the server's database busy is carried out again.

Prefect's requests that write begin by reading; in SQLite such a transaction fails at its first
write when another one wrote in between, without waiting (SQLITE_BUSY_SNAPSHOT). It is rolled back
and answered with 503. Prefect's own clients ask again; its UI and curl do not, and say
"Unknown error while creating flow run".
"""

from __future__ import annotations

import asyncio
import time

from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST = 300.0  # seconds; asked once more by its person, it would find the same crowd
PAUSES = (0.02, 0.05, 0.1, 0.2, 0.5)  # seconds; then the last of them


class Again:
    """Carries a request out again while the database refuses it for the moment."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`, the server: it answers 503 to such a request and raises."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, as often as it needs."""
        if scope["type"] != "http" or not scope["path"].startswith("/api"):  # what needs a login
            await self._app(scope, receive, send)
            return
        request = [await receive()]
        while request[-1].get("more_body"):
            request.append(await receive())
        until = time.monotonic() + LONGEST
        tried = 0
        while not await self._tried(scope, request, receive, send, last=time.monotonic() > until):
            await asyncio.sleep(PAUSES[min(tried, len(PAUSES) - 1)])
            tried += 1

    async def _tried(
        self, scope: Scope, request: list[Message], receive: Receive, send: Send, *, last: bool
    ) -> bool:
        """Carry it out once; False if the database was busy and nothing was answered."""
        told = iter(request)
        held: list[Message] = []  # of an answer that says busy

        async def received() -> Message:
            return next(told, None) or await receive()

        async def sent(message: Message) -> None:
            if held or message.get("status") == 503:
                held.append(message)
            else:
                await send(message)

        try:
            await self._app(dict(scope), received, sent)
        except Exception as error:
            if held and isinstance(error, DBAPIError) and not last:
                return False
            await _send(held, send)
            raise
        await _send(held, send)
        return True


async def _send(messages: list[Message], send: Send) -> None:
    for message in messages:
        await send(message)
