"""Secrets: made once, kept 0600, never lost with the state folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from werkzeug.security import check_password_hash

from tasks.secret import ensure_secrets, far_digests, local_secrets, write_secrets, wrong_there

FOLDER = "/opt/epos/lab/secrets"
Canned = Callable[[dict[str, Any]], Any]


def test_a_secret_is_made_once(own_state: Path, canned: Canned) -> None:
    domu = canned({f"cat {FOLDER}/one": (1, ""), "test -e": (1, "")})
    first = ensure_secrets("lab", ["one"], domu, FOLDER)
    assert ensure_secrets("lab", ["one"], domu, FOLDER) == first
    assert local_secrets("lab", ["one", "two"]) == first
    assert len(first["one"]) >= 40
    [file] = (own_state / "secrets" / "lab").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_lost_secret_is_taken_from_the_domu(own_state: Path, canned: Canned) -> None:
    domu = canned({f"cat {FOLDER}/one": "the old one"})
    assert ensure_secrets("lab", ["one"], domu, FOLDER) == {"one": "the old one"}
    assert local_secrets("lab", ["one"]) == {"one": "the old one"}


def test_only_digests_are_read_when_looking(canned: Canned) -> None:
    hashed = hashlib.sha256(b"x").hexdigest()
    domu = canned({"sha256sum": (1, f"{hashed}  {FOLDER}/one\n")})
    far = far_digests(domu, FOLDER, ["one", "two"])
    assert far == {"one": hashed}
    assert wrong_there({"one": "x", "two": "y"}, ["one", "two"], far) == ["two"]
    assert wrong_there({}, ["one"], far) == ["one"]


def test_a_secret_is_no_argument_of_a_command(canned: Canned) -> None:
    domu = canned({"install": ""})
    write_secrets(domu, FOLDER, {"one": "canary"}, ["one"])
    assert "canary" not in str(domu.told)
    assert domu.written == {f"{FOLDER}/one": "canary"}


def test_only_root_enters_their_folder(canned: Canned) -> None:
    domu = canned({"install": ""})
    write_secrets(domu, FOLDER, {"one": "x"}, ["one"])
    assert domu.told == [("install", "-d", "-m", "0700", FOLDER)]


def test_of_a_login_the_domu_gets_the_hash_alone(own_state: Path, canned: Canned) -> None:
    domu = canned({})
    [hashed] = ensure_secrets("lab", ["login_hash"], domu, FOLDER).values()
    password = own_state / "secrets" / "lab" / "login"
    assert password.read_text() not in hashed
    assert check_password_hash(hashed, password.read_text())
    assert local_secrets("lab", ["login_hash"]) == {"login_hash": hashed}
    password.write_text("of the operator's own")
    assert local_secrets("lab", ["login_hash"]) == {}
    [another] = ensure_secrets("lab", ["login_hash"], domu, FOLDER).values()
    assert check_password_hash(another, "of the operator's own")
