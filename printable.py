"""Text of others, before it reaches a terminal, a log or a database."""

from __future__ import annotations

import re

# Colour, cursor and title sequences, then every control character but tab and newline. NUL is no
# text for PostgreSQL, and lone surrogates are none for SQLite.
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """Give a text that any database stores and any terminal shows as it is."""
    text = _ESCAPES.sub("", text).replace("\r\n", "\n")
    return _CONTROLS.sub("", text).encode("utf-8", "replace").decode("utf-8")
