"""Who may write: whoever sends the node's token, a secret of the environment."""

import hmac
import os

READING = ("GET", "HEAD", "OPTIONS")


class NotAllowedError(Exception):
    """The request would write, and does not have the token."""


def check(method: str, authorization: str) -> None:
    """Let a request pass that only reads, or that has the token: Authorization: Bearer TOKEN.

    Raises:
        NotAllowedError: It has none, or another.
    """
    if method in READING:
        return
    scheme, _, told = authorization.partition(" ")
    given = told.strip().encode("latin-1", "replace")  # as it came: headers are bytes
    if scheme.lower() != "bearer" or not hmac.compare_digest(given, _token()):
        raise NotAllowedError


def _token() -> bytes:
    """Read it anew: it may be changed. Without one nobody writes."""
    with open(os.environ.get("WRITE_TOKEN_FILE", "/run/secrets/write_token"), "rb") as file:
        if token := file.readline().strip():
            return token
    raise NotAllowedError
