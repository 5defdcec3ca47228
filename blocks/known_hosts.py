"""A known-hosts file as sshd(8) describes it: what paramiko does not read of it is heeded here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from errors import WrongInput

if TYPE_CHECKING:  # imported where it is used: it takes longer than a command's help
    import paramiko


# What a key of each type signs with.
ALGORITHMS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"),
}


class NotKnown(Exception):
    """A machine showed a key that the file does not have for it, or has as revoked."""

    def __init__(self, why: str, seen: str) -> None:
        """Tell why, and what was seen."""
        super().__init__(why)
        self.why, self.seen = why, seen


@dataclass(frozen=True)
class Line:
    """A line of the file: `MARKER PATTERNS TYPE KEY`, the marker mostly missing."""

    number: int
    marker: str
    patterns: tuple[str, ...]
    key: bytes

    def is_of(self, host: str) -> bool:
        """Whether it is about a host, spelled as ssh does: `[host]:port` for other ports."""
        no = [pattern[1:] for pattern in self.patterns if pattern.startswith("!")]
        yes = [pattern for pattern in self.patterns if not pattern.startswith("!")]
        return any(_fits(host, p) for p in yes) and not any(_fits(host, p) for p in no)


@dataclass(frozen=True)
class KnownHosts:
    """What a file says; lines that are no keys are skipped, as ssh does."""

    path: Path
    lines: tuple[Line, ...]
    skipped: tuple[str, ...] = field(default=())

    def others(self, host: str) -> list[str]:
        """Name the algorithms of host keys that a host is not known by: it is not to use them."""
        known = {_type(line.key) for line in self.lines if not line.marker and line.is_of(host)}
        return [name for kind, names in ALGORITHMS.items() if kind not in known for name in names]

    def judge(self, host: str, key: bytes) -> None:
        """Accept a key that a host shows, or not.

        Raises:
            NotKnown: the file does not have it, or it is revoked.
        """
        about = [line for line in self.lines if line.is_of(host)]
        same = [line for line in about if line.key == key]
        for line in same:
            if line.marker == "@revoked":
                raise NotKnown("revoked", f"line {line.number} of {self.path} says so")
        if any(not line.marker for line in same):
            return
        if changed := [str(line.number) for line in about if not line.marker]:
            seen = f"{host} shows another than those of line {', '.join(changed)}"
            raise NotKnown(f"not the one in {self.path}", seen)
        told = [f"{host} shows a key that {self.path} does not have"]
        if authorities := [str(line.number) for line in about if line.marker]:
            numbers = ", ".join(authorities)
            told.append(f"line {numbers} is an authority's or revoked: no certificate is followed")
        raise NotKnown("not known", "\n".join([*told, *self.skipped]))


def read_known_hosts(path: Path) -> KnownHosts:
    """Read a file.

    Raises:
        WrongInput: there is none, or it cannot be read.
    """
    try:
        text = path.read_text(errors="replace")
    except OSError as error:
        raise WrongInput(
            f"the known-hosts file {path} cannot be read",
            seen=str(error),
            remedy="name the right file; without a known host key nothing is connected to",
        ) from error
    lines, skipped = list[Line](), list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            lines.append(_line(number, line.split()))
        except (ValueError, binascii.Error) as error:
            skipped.append(f"line {number} of {path} was skipped: {error}")
    return KnownHosts(path, tuple(lines), tuple(skipped))


def _line(number: int, words: Sequence[str]) -> Line:
    marker = words[0] if words[0].startswith("@") else ""
    rest = words[1:] if marker else words
    if len(rest) < 3:
        raise ValueError("it has no host, type and key")
    key = base64.b64decode(rest[2], validate=True)
    if _type(key) != rest[1] or not _is_key(rest[1], key):
        raise ValueError("its key is cut, or of a type that is not known")
    return Line(number, marker, tuple(rest[0].split(",")), key)


def _type(key: bytes) -> str:
    """Read the type a key begins with, after its length."""
    return key[4 : 4 + int.from_bytes(key[:4], "big")].decode("ascii", "replace")


def _is_key(kind: str, key: bytes) -> bool:
    import paramiko

    try:
        paramiko.PKey.from_type_string(kind, key)
    except Exception:  # each type has errors of its own for what it cannot read
        return False
    return True


def _fits(host: str, pattern: str) -> bool:
    """Whether a pattern means a host: by *, ? and letters, or as a hash `|1|SALT|HASH`."""
    if not pattern.startswith("|1|"):
        return fnmatchcase(host.lower(), pattern.lower().replace("[", "[[]"))
    import paramiko

    try:
        return str(paramiko.HostKeys.hash_host(host.lower(), pattern)) == pattern
    except (ValueError, binascii.Error, AssertionError):
        return False


def policy(known: KnownHosts) -> paramiko.MissingHostKeyPolicy:
    """Give what a client asks of each host, where it is given no keys: to be judged here."""
    import paramiko

    class Judge(paramiko.MissingHostKeyPolicy):
        def missing_host_key(
            self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey
        ) -> None:
            known.judge(hostname, key.asbytes())

    return Judge()
