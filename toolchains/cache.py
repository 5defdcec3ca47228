"""A store of built things by the content they are made of.

An entry is a folder named after its key. It appears by one rename, with the SHA-256 of every
file in it, so a build killed at any point leaves nothing that looks like a result, and an entry
whose bytes changed is found and made again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from runs.held import alone
from runs.telling import tell
from state import made_beside

_SUMS = ".sha256.json"


def key_of(*parts: object) -> str:
    """Give the key of what `parts` describe: JSON values and bytes, in order."""
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else json.dumps(part, sort_keys=True).encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()


def file_key(file: Path) -> str:
    """Give the SHA-256 of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def key_of_files(
    files: Iterable[Path], below: Path, content: Callable[[Path], str] = file_key
) -> str:
    """Give the key of files: their paths relative to `below`, modes and contents.

    Args:
        files: in any order.
        below: a folder above all of them.
        content: gives the SHA-256 of one, in hexadecimal digits.
    """
    digest = hashlib.sha256()
    for file in sorted(files):
        executable = bool(file.stat().st_mode & 0o100)
        digest.update(f"{file.relative_to(below)}\0{executable}\0".encode())
        digest.update(bytes.fromhex(content(file)))
    return digest.hexdigest()


def find(store: Path, key: str) -> Path | None:
    """Give the entry of `key`; None where it is missing or damaged. It only looks."""
    entry = store / key
    return entry if entry.is_dir() and damage(entry) is None else None


def stored(store: Path, key: str, make: Callable[[Path], None]) -> tuple[Path, bool]:
    """Give the entry of `key`, made by `make` where it is missing or damaged.

    Args:
        store: folder of the entries; one kind of thing.
        key: from `key_of`.
        make: fills the empty folder it is given; the folder becomes the entry.

    Returns:
        the entry's folder, and whether it was made by this call.
    """
    entry = store / key
    if find(store, key):
        return entry, False
    store.mkdir(parents=True, exist_ok=True)
    with alone(store / f".{key}.lock", f"builds the same {store.parent.name}/{store.name}"):
        # Another process may have made it while this one waited for the lock.
        if entry.is_dir() and (damaged := damage(entry)) is None:
            return entry, False
        if entry.is_dir():
            tell(f"{entry}: {damaged}; made again")
            _discard(entry)
        with made_beside(entry, alone=True) as work:
            work.mkdir(mode=0o700)
            make(work)
            (work / _SUMS).write_text(json.dumps(_sums(work)))
            work.chmod(0o755)
    return entry, True


def damage(entry: Path) -> str | None:
    """Say what is wrong with an entry; None where its bytes are those that were stored."""
    try:
        wanted = json.loads((entry / _SUMS).read_text())
        have = _sums(entry)
    except (OSError, ValueError) as error:
        return f"unreadable ({error})"
    wrong = sorted(name for name in {*wanted, *have} if wanted.get(name) != have.get(name))
    return f"{wrong[0]} is not what was stored" if wrong else None


def _sums(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file() and file.name != _SUMS)
    return {str(file.relative_to(folder)): file_key(file) for file in files}


def _discard(entry: Path) -> None:
    """Take an entry out of sight by one rename, then delete it."""
    gone = Path(tempfile.mkdtemp(prefix=f".{entry.name}-", dir=entry.parent)) / "gone"
    entry.rename(gone)
    shutil.rmtree(gone.parent)
