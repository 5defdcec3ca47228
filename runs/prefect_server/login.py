"""The login of the servers we start: a secret file that only its owner reads."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from errors import EposVirtError
from runs.state import state_folder

USER = "epos-virt"


def login_file() -> Path:
    """Give where the login is kept."""
    return state_folder("prefect") / "login"


def login() -> str:
    """Give the login of our servers, `user:password`; made when first asked for.

    Raises:
        EposVirtError: others can read the file, so it is a secret no more.
    """
    path = login_file()
    if not path.exists():
        _make(path)
    status = path.stat()
    if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid != os.geteuid():
        raise EposVirtError(
            f"the login of the Prefect server in {path} is not a secret",
            seen=f"mode {stat.S_IMODE(status.st_mode):04o}, owner {status.st_uid}",
            remedy=f"end what uses the server, and rm {path}: the next start makes a new one",
        )
    return path.read_text().strip()


def _make(path: Path) -> None:
    # Written whole under a name of its own, then linked: of two that make it at once one wins.
    made = path.with_name(f"login.{os.getpid()}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{USER}:{secrets.token_urlsafe(24)}\n")
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()
