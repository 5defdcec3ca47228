"""The TLS certificate of an environment: one this machine makes for it, and trusts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING

from deployments.app_yaml import read_described
from deployments.model import Environment
from runs.looking import about_to_make
from state import replace_text, state_folder, state_place

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name

CERTIFICATE, KEY = "tls_certificate", "tls_key"  # names of the two secrets
LIVES = timedelta(days=825)  # the longest that browsers accept of a certificate
RENEW_BEFORE = timedelta(days=30)


def certificate_of(environment: Environment) -> Path:
    """Give the file of the environment's certificate (PEM), made where it is missing or old.

    It names the addresses of all applications that speak HTTPS, so it is checked like any other;
    where one is new it is made anew. The operator's own may be put in its place
    (`tls_certificate`, `tls_key`).
    """
    folder = state_place("secrets", environment.name)
    certificate, key = folder / CERTIFICATE, folder / KEY
    if _are_good(certificate, key, environment):
        return certificate
    about_to_make("the environment's certificate")
    return new_certificate(environment)


def new_certificate(environment: Environment) -> Path:
    """Make certificate and key anew, whatever is there; give the certificate's file."""
    folder = state_folder("secrets", environment.name)
    made_certificate, made_key = _made(environment)
    replace_text(folder / KEY, made_key)
    replace_text(folder / CERTIFICATE, made_certificate)
    return folder / CERTIFICATE


def is_the_operators(environment: Environment) -> bool:
    """Tell whether the certificate that is there was put there by the operator."""
    from cryptography.x509 import load_pem_x509_certificate

    path = state_place("secrets", environment.name) / CERTIFICATE
    try:
        return _is_foreign(load_pem_x509_certificate(path.read_bytes()), environment)
    except (OSError, ValueError):
        return False


def _are_good(certificate: Path, key: Path, environment: Environment) -> bool:
    """Tell whether both are there, belong together, are good for a while and for all addresses.

    Which names the operator's own has is left to the operator.
    """
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        found = load_pem_x509_certificate(certificate.read_bytes())
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError):
        return False
    ends = found.not_valid_after_utc - RENEW_BEFORE
    together = found.public_key() == private.public_key() and datetime.now(UTC) < ends
    return together and (_is_foreign(found, environment) or _names_all(found, environment))


def _is_foreign(certificate: Certificate, environment: Environment) -> bool:
    return certificate.subject != certificate.issuer or certificate.subject != _name(environment)


def _names_all(certificate: Certificate, environment: Environment) -> bool:
    from cryptography.x509 import ExtensionNotFound, IPAddress, SubjectAlternativeName

    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return False
    named = set(names.get_values_for_type(IPAddress))
    return named >= set(_shown_at(environment))


def _shown_at(environment: Environment) -> list[IPv4Address]:
    """Give the addresses where it is shown: another application beside them changes nothing."""
    folders = {app.address: environment.folder / app.source for app in environment.applications}
    return [at for at, source in folders.items() if read_described(source).protocol == "https"]


def _name(environment: Environment) -> Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, environment.name)])


def _made(environment: Environment) -> tuple[str, str]:
    """Make a certificate that signs itself, and its key; both as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(environment)
    addresses = [x509.IPAddress(address) for address in _shown_at(environment)]
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
