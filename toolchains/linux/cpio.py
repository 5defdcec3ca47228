"""Archives for the kernel: the "newc" format of cpio, the same bytes for the same tree.

Format: Documentation/driver-api/early-userspace/buffer-format.rst of the kernel's source.
"""

from __future__ import annotations

import stat
from pathlib import Path

_TRAILER = "TRAILER!!!"


def archive(tree: Path) -> bytes:
    """Archive a folder: all owned by root, no times, sorted by name."""
    members = [_member(file, tree, number) for number, file in enumerate(_files(tree), start=1)]
    return b"".join([*members, _record(_TRAILER, 0, 0, b"")])


def _files(tree: Path) -> list[Path]:
    return sorted(tree.rglob("*"), key=lambda file: file.relative_to(tree).parts)


def _member(file: Path, tree: Path, number: int) -> bytes:
    mode = file.lstat().st_mode
    if stat.S_ISLNK(mode):
        return _record(_name(file, tree), number, 0o120777, str(file.readlink()).encode())
    if stat.S_ISDIR(mode):
        return _record(_name(file, tree), number, 0o40755, b"")
    executable = 0o755 if mode & 0o100 else 0o644
    return _record(_name(file, tree), number, 0o100000 | executable, file.read_bytes())


def _name(file: Path, tree: Path) -> str:
    return str(file.relative_to(tree))


def _record(name: str, number: int, mode: int, data: bytes) -> bytes:
    raw = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(raw), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields)
    return _padded(head + raw) + _padded(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
