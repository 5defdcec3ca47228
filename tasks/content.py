"""Content keys: what went into a thing decides whether it must be made again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

KEY_LENGTH = 16  # hexadecimal digits


def key_of(*parts: Any) -> str:
    """Hash anything JSON can hold into KEY_LENGTH hexadecimal digits."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def file_key(path: Path) -> str:
    """Hash a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# What tools leave beside sources, and is none.
LEFTOVERS = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")


def folder_key(
    folder: Path,
    leave_out: Iterable[str] = LEFTOVERS,
    content: Callable[[Path], str] = file_key,
) -> str:
    """Hash names, modes and bytes, or what `content` says of these, of all files below a folder."""
    out = set(leave_out)
    return key_of(
        [
            (str(path.relative_to(folder)), path.stat().st_mode & 0o777, content(path))
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not out & set(path.relative_to(folder).parts)
        ]
    )
