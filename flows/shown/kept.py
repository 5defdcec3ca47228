"""How anything is kept in Prefect: under which key, and what a server that takes nothing costs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from httpx import HTTPError
from prefect import get_run_logger


@contextmanager
def kept() -> Iterator[None]:
    """A server that does not take it is no reason for a run to fail: our history has all of it."""
    try:
        yield
    except HTTPError as error:
        get_run_logger().warning("an artifact was not kept: %r", error)


def artifact_key(what: str, environment: str) -> str:
    """Give the key of an environment's artifact: of small letters, digits and dashes."""
    return f"{what}-" + re.sub(r"[^a-z0-9]+", "-", environment.lower()).strip("-")
