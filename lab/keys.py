"""The keys of the lab: one pair to log in with, one for the server to be known by."""

from __future__ import annotations

from pathlib import Path

from lab import program


def make_key_pair(path: Path, comment: str) -> str:
    """Make an Ed25519 key pair at `path` (mode 0600) and `path`.pub; return the public line."""
    program.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path)
    return public_line(path)


def public_line(path: Path) -> str:
    """Return the public half of the pair at `path`, as authorized_keys holds it."""
    return path.with_name(path.name + ".pub").read_text().strip()


def known_hosts_line(host: str, port: int, public: str) -> str:
    """Return the line that pins a host's public key to one port."""
    kind, key, *_ = public.split()
    return f"[{host}]:{port} {kind} {key}\n"
