"""Who the door of our Prefect server lets in; the whole server is tried in tests/system."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from runs.prefect_server.door import Door

ORIGINS = ["http://127.0.0.1:4200", "http://localhost:4200"]
LOGIN = "epos-virt:secret"


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


def ask(path: str, method: str = "GET", kind: str = "http", **headers: str) -> Any:
    """Give the status of the answer to a request, or for a websocket what it was sent first."""
    told = {"host": "127.0.0.1:4200"} | headers
    raw = [(name.encode(), value.encode()) for name, value in told.items() if value]
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {"type": kind, "path": path, "method": method, "headers": raw}
    asyncio.run(Door(inside, ORIGINS, LOGIN)(scope, receive, send))
    return sent[0]["status"] if kind == "http" else sent[0]["type"]


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


def test_who_has_the_login_comes_in() -> None:
    assert ask("/api/deployments/", "POST", authorization=basic(LOGIN)) == 200
    assert ask("/api/deployments/", "POST", authorization=basic(LOGIN).replace("B", "b", 1)) == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        basic(""),
        basic("epos-virt:"),
        basic(LOGIN + "x"),
        "Bearer x",
        "Basic",
        "Basic %%%",
        "Basic ü",
    ],
)
@pytest.mark.parametrize("path", ["/api/deployments/", "/api/health/x", "/api", "/api/../api/x"])
def test_without_the_login_the_api_is_closed(path: str, authorization: str) -> None:
    assert ask(path, "POST", authorization=authorization) == 401
    assert ask(path, authorization=authorization) == 401


def test_that_a_server_is_there_anybody_here_may_know() -> None:
    assert ask("/api/health") == 200
    assert ask("/api/health", "POST") == 401
    assert ask("/dashboard") == 200  # the UI's files, without data


@pytest.mark.parametrize(
    "host",
    [
        "",
        "attacker.example",
        "attacker.example:4200",
        "10.0.7.1:4200",
        "127.0.0.1.nip.example",
        "[",
        "a@b:x",
    ],
)
def test_a_foreign_host_name_is_refused_even_with_the_login(host: str) -> None:
    assert ask("/api/deployments/", host=host, authorization=basic(LOGIN)) == 403
    assert ask("/", host=host) == 403
    assert ask("/api/events/in", kind="websocket", host=host) == "websocket.close"


@pytest.mark.parametrize("host", ["localhost:4200", "127.0.0.1:9000", "localhost", "LOCALHOST:1"])
def test_its_own_names_are_known_at_any_port_for_a_tunnel_may_end_there(host: str) -> None:
    assert ask("/", host=host) == 200
    assert ask("/", host=host, origin=f"http://{host}") == 200


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://127.0.0.1:8000"])
def test_pages_from_elsewhere_are_refused(origin: str) -> None:
    for method in ("OPTIONS", "GET", "POST"):
        assert ask("/api/deployments/", method, origin=origin, authorization=basic(LOGIN)) == 403
    assert ask("/api/events/in", kind="websocket", origin=origin) == "websocket.close"


def test_its_own_pages_may_ask() -> None:
    for origin in ORIGINS:
        assert ask("/api/deployments/", "OPTIONS", origin=origin) == 200
        assert ask("/api/x", "POST", origin=origin, authorization=basic(LOGIN)) == 200
