"""The portal's TLS certificate: one this machine makes for the environment, and trusts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from deployments.model import Environment
from runs.looking import about_to_make
from state import replace_text, state_folder

CERTIFICATE, KEY = "tls_certificate", "tls_key"  # names of the two secrets
LIVES = timedelta(days=825)  # the longest that browsers accept of a certificate
RENEW_BEFORE = timedelta(days=30)


def certificate_of(environment: Environment) -> Path:
    """Give the file of the environment's certificate (PEM), made where it is missing or old.

    It names the addresses of all applications, so it is checked like any other; the operator's
    own may be put in its place (`tls_certificate`, `tls_key`).
    """
    folder = state_folder("secrets", environment.name)
    certificate, key = folder / CERTIFICATE, folder / KEY
    if _are_good(certificate, key):
        return certificate
    about_to_make("the environment's certificate")
    made_certificate, made_key = _made(environment)
    replace_text(key, made_key)
    replace_text(certificate, made_certificate)
    return certificate


def _are_good(certificate: Path, key: Path) -> bool:
    """Tell whether both are there, belong together, and are good for a while."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        found = load_pem_x509_certificate(certificate.read_bytes())
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError):
        return False
    ends = found.not_valid_after_utc - RENEW_BEFORE
    return found.public_key() == private.public_key() and datetime.now(UTC) < ends


def _made(environment: Environment) -> tuple[str, str]:
    """Make a certificate that signs itself, and its key; both as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, environment.name)])
    addresses = [x509.IPAddress(app.address) for app in environment.applications]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIVES)
        .add_extension(x509.SubjectAlternativeName(addresses), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM).decode(), private.decode()
