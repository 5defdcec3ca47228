"""Secrets of a deployment: made once on this machine, known to it and the domU only.

Of a secret whose name ends in `_hash` the domU gets no more than that: its application compares a
password with it, which stays on this machine under the name without the ending.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from blocks.connection import Connection
from errors import EposVirtError
from runs.concealing import without
from state import keep_first, replace_text, state_folder, state_place

BYTES = 32  # of randomness
HASH = "_hash"
COST = {"n": 1 << 14, "r": 8, "p": 5}  # of scrypt: 16 MiB, and as hard to guess as 64 MiB once


def local_secrets(environment: str, names: Sequence[str]) -> dict[str, str]:
    """Read the secrets of an environment that this machine knows."""
    folder = state_place("secrets", environment)
    known = {name: (folder / name).read_text() for name in names if (folder / name).exists()}
    return {name: text for name, text in known.items() if _is_current(folder / name, text)}


def without_secrets(environment: str, text: str) -> str:
    """Take out of a text the secrets of an environment that this machine has now."""
    folder = state_place("secrets", environment)  # a plan, which tells too, makes none
    files = folder.glob("[!.]*")  # with a dot: half-written
    return without(map(_text_of, files), text)


def _text_of(file: Path) -> str:
    """Read a secret; what went meanwhile, or is no file, holds none."""
    try:
        return file.read_text(errors="replace") if file.is_file() else ""
    except FileNotFoundError:
        return ""


def ensure_secrets(
    environment: str, names: Sequence[str], domu: Connection, far_folder: str
) -> dict[str, str]:
    """Give every secret; one this machine does not know is taken from the domU, or made.

    A domU that has it already has data that was written under it: a lost state folder must
    not lock its database.
    """
    known = local_secrets(environment, names)
    for name in names:
        if name not in known:
            there = None if name.endswith(HASH) else domu.read(f"{far_folder}/{name}")
            known[name] = made_secret(environment, name, there)
    return known


def made_secret(environment: str, name: str, there: str | None = None) -> str:
    """Make a secret that this machine does not know, or keep the one that is there already."""
    path = state_folder("secrets", environment) / name
    if name.endswith(HASH):
        return _hash_anew(path)
    return keep_first(path, there or secrets.token_urlsafe(BYTES))


def new_secret(environment: str, name: str) -> None:
    """Make a secret anew, whatever this machine or another has; of a login, the password too."""
    path = state_folder("secrets", environment) / name
    if not name.endswith(HASH):
        replace_text(path, secrets.token_urlsafe(BYTES))
        return
    replace_text(_password_of(path), secrets.token_urlsafe(BYTES))
    _hash_anew(path)


def _hash_anew(path: Path) -> str:
    """Hash the password beside a file into it; the password is made where there is none."""
    password = keep_first(_password_of(path), secrets.token_urlsafe(BYTES))
    hashed = hashed_password(password, secrets.token_hex(8))
    replace_text(path, hashed)
    return hashed


def _is_current(path: Path, text: str) -> bool:
    """Tell whether a hash is that of the password beside it, which may have been changed."""
    if not path.name.endswith(HASH):
        return True
    parts = text.split("$")
    try:
        password = _password_of(path).read_text()
    except FileNotFoundError:
        return False
    return len(parts) == 3 and text == hashed_password(password, parts[1])


def _password_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(HASH))


def hashed_password(password: str, salt: str) -> str:
    """Hash a password as werkzeug.security.check_password_hash reads it; salt: any text."""
    room = 132 * COST["n"] * COST["r"]  # bytes that scrypt may take, with some to spare
    made = hashlib.scrypt(password.encode(), salt=salt.encode(), maxmem=room, **COST)
    return f"scrypt:{COST['n']}:{COST['r']}:{COST['p']}${salt}${made.hex()}"


def digest(secret: str) -> str:
    """Hash a secret; 256 random bits cannot be guessed from it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def far_digests(domu: Connection, folder: str, names: Sequence[str]) -> dict[str, str]:
    """Read the SHA-256 of the secrets that are in the domU, by name."""
    if not names:
        return {}
    paths = [f"{folder}/{name}" for name in names]
    listed = domu.run("sha256sum", "--", *paths, accept={0, 1}).stdout
    # 9f86d081884c7d65...  /opt/epos/lab/secrets/database_password
    pairs = (line.split("  ", 1) for line in listed.splitlines())
    return {path.removeprefix(f"{folder}/"): digest for digest, path in pairs}


def wrong_there(
    known: Mapping[str, str], names: Sequence[str], far: Mapping[str, str]
) -> list[str]:
    """Tell which secrets the domU lacks, or has differently."""
    return [name for name in names if name not in known or far.get(name) != digest(known[name])]


def write_secrets(
    domu: Connection, folder: str, known: Mapping[str, str], names: Sequence[str]
) -> None:
    """Put secrets into the domU, over standard input.

    The folder is root's alone; each file in it can be read by all, because it is mounted into
    containers whose users are not root's, where it is all they see of the folder.
    """
    domu.check("install", "-d", "-m", "0700", folder)
    for name in names:
        if not known[name]:
            raise EposVirtError(
                f"secret {name} is empty",
                remedy=f"write it, or delete {state_folder('secrets')}/.../{name} to have one made",
            )
        domu.write(f"{folder}/{name}", known[name], mode="0444")
