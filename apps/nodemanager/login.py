"""The login: one password, of which this program has the hash alone; too many tries must wait."""

import hmac
import secrets
import time
from threading import Lock

from flask import Request, session
from werkzeug.security import check_password_hash

from store import read_secret

TRIES, PAUSE = 5, 60.0  # wrong ones in a row, then seconds without another
_lock = Lock()
_key = secrets.token_bytes(32)  # of this process
_right = b""  # what the password that was right last is by it: comparing it takes no second
_wrong: list[float] = []  # when, monotonic


class WaitError(Exception):
    """Too many wrong passwords; nobody is let in for a while."""


def is_right(password: str) -> bool:
    """Compare a password with the secret's hash.

    Raises:
        WaitError: There were too many wrong ones just now.
    """
    global _right
    given = hmac.digest(_key, password.encode(), "sha256")
    with _lock:  # one at a time: the hash is made to be slow, and to need memory
        if _right and hmac.compare_digest(given, _right):
            return True
        now = time.monotonic()
        _wrong[:] = [when for when in _wrong if now - when < PAUSE]
        if len(_wrong) >= TRIES:
            raise WaitError
        if check_password_hash(read_secret("NODEMANAGER_LOGIN_HASH_FILE"), password):
            _wrong.clear()
            _right = given
            return True
        _wrong.append(now)
    return False


def let_in() -> None:
    """Begin a session: a cookie that only this process can have signed."""
    session.clear()
    session["in"] = True
    session["token"] = secrets.token_urlsafe(16)


def is_in(request: Request) -> bool:
    """Tell whether a request is of somebody who logged in, by cookie or by HTTP's own way."""
    if session.get("in"):
        return True
    given = request.authorization
    return bool(given and given.type == "basic" and is_right(given.password or ""))


def is_meant(request: Request) -> bool:
    """Tell a form of ours from one that another site made a browser send."""
    return secrets.compare_digest(request.form.get("token", ""), session.get("token", " "))
