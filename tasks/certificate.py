"""The portal's TLS certificate: one this machine makes for the environment, and trusts."""

from __future__ import annotations

import subprocess
from pathlib import Path

from deployments.model import Environment
from errors import EposVirtError
from runs.looking import about_to_make
from state import state_folder

CERTIFICATE, KEY = "tls_certificate", "tls_key"  # names of the two secrets
DAYS = 825  # the longest that browsers accept of a certificate
RENEW_BEFORE = 30 * 86400  # seconds


def certificate_of(environment: Environment) -> Path:
    """Give the file of the environment's certificate (PEM), made where it is missing or old.

    It names the addresses of all applications that answer HTTPS, so it is checked like any
    other; the operator's own may be put in its place (`tls_certificate`, `tls_key`).

    Raises:
        EposVirtError: openssl is missing or failed.
    """
    folder = state_folder("secrets", environment.name)
    certificate, key = folder / CERTIFICATE, folder / KEY
    if certificate.exists() and key.exists() and _is_good(certificate):
        return certificate
    about_to_make("the environment's certificate")
    names = ",".join(f"IP:{app.address}" for app in environment.applications)
    made = [path.with_suffix(".new") for path in (certificate, key)]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", str(DAYS), "-subj", f"/CN={environment.name}"]
    command += ["-addext", f"subjectAltName={names}", "-out", str(made[0]), "-keyout", str(made[1])]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise EposVirtError(
            "the portal's certificate was not made",
            seen=str(getattr(error, "stderr", "") or error),
            remedy="script/bootstrap installs openssl",
        ) from error
    made[1].chmod(0o600)
    made[1].rename(key)
    made[0].rename(certificate)
    return certificate


def _is_good(certificate: Path) -> bool:
    check = ["openssl", "x509", "-checkend", str(RENEW_BEFORE), "-noout", "-in", str(certificate)]
    return subprocess.run(check, capture_output=True).returncode == 0
