"""Who may write: whoever sends the node's token, a secret of the environment."""

import hmac
import os

from werkzeug.datastructures import Authorization

READING = ("GET", "HEAD", "OPTIONS")


class NotAllowedError(Exception):
    """The request would write, and does not have the token."""


def check(method: str, given: Authorization | None) -> None:
    """Let a request pass that only reads, or that has the token: Authorization: Bearer TOKEN.

    Raises:
        NotAllowedError: It has none, or another.
    """
    if method in READING:
        return
    told = given.token if given and given.type == "bearer" else None
    if not hmac.compare_digest((told or "").encode(), _token().encode()):
        raise NotAllowedError


def _token() -> str:
    """Read it anew: it may be changed. Without one nobody writes."""
    with open(os.environ.get("WRITE_TOKEN_FILE", "/run/secrets/write_token"), "rb") as file:
        if token := file.read().decode().strip():
            return token
    raise NotAllowedError
