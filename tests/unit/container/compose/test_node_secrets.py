"""Secrets of apps/compose.yaml: made once, each application has its own, none is a guess."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate
from werkzeug.security import check_password_hash

from tests.needs import program

GIVE = Path(__file__).parents[4] / "apps" / "secrets" / "give.py"
READERS = (
    "database=database_password,fwss_password",
    "fwss=fwss_password",
    "nodemanager=nodemanager_login_hash,tls_certificate,tls_key",
)


@pytest.fixture(autouse=True)
def openssl() -> str:
    return program("openssl", package="openssl")


def give(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, GIVE, *arguments],
        env={**os.environ, "FOLDER": str(folder), "NAMES": "IP:127.0.0.1,DNS:localhost"},
        capture_output=True,
        text=True,
    )


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


def test_each_has_its_own_and_a_second_start_changes_none(tmp_path: Path) -> None:
    assert give(tmp_path, *READERS).returncode == 0
    first = contents(tmp_path)
    given = {name for name in first if not name.startswith("all/")}
    assert given == {
        *("database/database_password", "database/fwss_password", "fwss/fwss_password"),
        *(f"nodemanager/{name}" for name in ("nodemanager_login_hash", "tls_certificate")),
        "nodemanager/tls_key",
    }
    assert first["database/fwss_password"] == first["fwss/fwss_password"]
    assert first["database/database_password"] != first["fwss/fwss_password"]
    assert len(first["fwss/fwss_password"]) >= 40
    assert give(tmp_path, *READERS).returncode == 0
    assert contents(tmp_path) == first


def test_a_password_is_kept_and_only_its_hash_is_given(tmp_path: Path) -> None:
    give(tmp_path, *READERS)
    shown = give(tmp_path, "show", "nodemanager_login").stdout.strip()
    found = contents(tmp_path)
    assert check_password_hash(found["nodemanager/nodemanager_login_hash"], shown)
    assert [name for name, text in found.items() if text == shown] == ["all/nodemanager_login"]


def test_the_certificate_is_good_for_its_key_and_is_renewed_before_its_end(tmp_path: Path) -> None:
    give(tmp_path, *READERS)
    certificate, key = (tmp_path / "nodemanager" / name for name in ("tls_certificate", "tls_key"))
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    before = load_pem_x509_certificate(certificate.read_bytes())
    subprocess.run(
        ["openssl", "req", "-x509", "-key", key, "-days", "20", "-subj", "/CN=old",
         "-out", tmp_path / "old"], check=True, capture_output=True,
    )  # fmt: skip
    (tmp_path / "old").replace(tmp_path / "all" / "tls_certificate")
    assert give(tmp_path, *READERS).returncode == 0
    after = load_pem_x509_certificate(certificate.read_bytes())
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    assert after.not_valid_after_utc >= before.not_valid_after_utc
    assert after.serial_number != before.serial_number


def test_one_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    give(tmp_path, "fwss=fwss_password")
    asked = give(tmp_path, "show", "pasword")
    assert asked.returncode == 1
    assert asked.stderr == "secrets: there is no pasword; there are: fwss_password\n"
    assert "show NAME" in give(tmp_path).stderr
