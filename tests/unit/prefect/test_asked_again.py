"""What our Prefect server does when its database is busy; the whole server is in tests/system."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import OperationalError
from starlette.types import Message, Receive, Scope, Send

from runs.prefect_server.again import Again

BUSY = OperationalError("INSERT", {}, Exception("database is locked"))


class Busy:
    """An application whose database is busy for some requests, as Prefect's server answers."""

    def __init__(self, times: int, status: int = 503, error: Exception | None = BUSY) -> None:
        self.times = times
        self.status = status
        self.error = error
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.bodies.append(body)
        busy = len(self.bodies) <= self.times
        status = self.status if busy else 201
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"busy" if busy else b"made"})
        if busy and self.error:
            raise self.error


def ask(app: Busy) -> list[Message]:
    """Give what is answered to a request whose body comes in two parts."""
    parts: list[Message] = [
        {"type": "http.request", "body": b"a ", "more_body": True},
        {"type": "http.request", "body": b"run"},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Again(app)({"type": "http", "path": "/api/flow_runs"}, receive, send))
    return sent


def test_a_request_that_found_the_database_busy_is_carried_out_again_whole() -> None:
    app = Busy(times=3)
    assert [(one.get("status"), one.get("body")) for one in ask(app)] == [
        (201, None),
        (None, b"made"),
    ]
    assert app.bodies == [b"a run"] * 4


def test_what_is_busy_for_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runs.prefect_server.again.LONGEST", -1)
    with pytest.raises(OperationalError):
        ask(Busy(times=1))


@pytest.mark.parametrize(
    ("status", "error"),
    [(503, None), (503, ValueError("a mistake")), (500, ValueError("a mistake")), (404, None)],
)
def test_every_other_answer_is_passed_on(status: int, error: Exception | None) -> None:
    app = Busy(times=1, status=status, error=error)
    if error:
        with pytest.raises(type(error)):
            ask(app)
    else:
        assert [message.get("status") for message in ask(app)] == [status, None]
    assert len(app.bodies) == 1
