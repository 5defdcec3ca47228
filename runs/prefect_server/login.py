"""The login of the servers we start: a secret file that only its owner reads."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from errors import EposVirtError
from state import keep_first, state_folder

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
        keep_first(path, f"{USER}:{secrets.token_urlsafe(24)}\n")
    status = path.stat()
    if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid != os.geteuid():
        raise EposVirtError(
            f"the login of the Prefect server in {path} is not a secret",
            seen=f"mode {stat.S_IMODE(status.st_mode):04o}, owner {status.st_uid}",
            remedy=f"end what uses the server, and rm {path}: the next start makes a new one",
        )
    return path.read_text().strip()
