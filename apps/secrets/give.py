"""Make the secrets of a node that runs by ../compose.yaml, and give each application its own.

    give.py READER=NAME,NAME...   make what is missing, copy each reader's into its folder
    give.py show NAME             print one

They are kept in FOLDER/all, made once. A name that ends in `_hash` is a password's, which is kept
under the name without that ending and given to nobody; `tls_certificate` and `tls_key` belong
together and are made anew within 30 days of their end.
"""

import hashlib
import os
import secrets
import subprocess
import sys
from pathlib import Path

FOLDER = Path(os.environ.get("FOLDER", "/secrets"))
NAMES = os.environ.get("NAMES", "DNS:localhost")  # in the certificate
HASH = "_hash"
CERTIFICATE, KEY = "tls_certificate", "tls_key"
RENEW_BEFORE = 30 * 24 * 3600  # s
DAYS = 397  # the longest that all browsers accept
COST = {"n": 1 << 14, "r": 8, "p": 5}  # of scrypt, as apps/nodemanager reads it: 16 MiB


def give(reader: str, names: list[str]) -> None:
    """Write a reader's secrets into its folder, which is all it sees."""
    for name in names:
        write(FOLDER / reader / name, secret(name), 0o444)  # its user is not ours


def secret(name: str) -> str:
    """Read a secret, made where there is none."""
    if name.endswith(HASH):
        return hashed(secret(name.removesuffix(HASH)), FOLDER / "all" / name)
    if name in (CERTIFICATE, KEY):
        make_certificate()
    path = FOLDER / "all" / name
    if not path.exists():
        write(path, secrets.token_urlsafe(32), 0o400)
    return path.read_text()


def hashed(password: str, path: Path) -> str:
    """Hash a password as werkzeug.security reads it; the same again while it is the same."""
    salt = path.read_text().split("$")[1] if path.exists() else secrets.token_hex(8)
    made = hashlib.scrypt(password.encode(), salt=salt.encode(), maxmem=1 << 26, **COST)
    text = f"scrypt:{COST['n']}:{COST['r']}:{COST['p']}${salt}${made.hex()}"
    write(path, text, 0o400)
    return text


def make_certificate() -> None:
    """Make a certificate that signs itself, and its key, where there is none that lasts."""
    certificate, key = FOLDER / "all" / CERTIFICATE, FOLDER / "all" / KEY
    lasts = ["openssl", "x509", "-checkend", str(RENEW_BEFORE), "-noout", "-in", str(certificate)]
    if key.exists() and subprocess.run(lasts, capture_output=True).returncode == 0:
        return
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    make += ["-nodes", "-days", str(DAYS), "-subj", "/CN=epos-node"]
    make += ["-addext", f"subjectAltName={NAMES}", "-keyout", f"{key}.new", "-out", "/dev/stdout"]
    done = subprocess.run(make, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"secrets: openssl made no certificate for {NAMES}: {done.stderr.strip()}")
    os.rename(f"{key}.new", key)  # first: without its certificate it is made anew
    write(certificate, done.stdout, 0o400)


def write(path: Path, text: str, mode: int) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    os.rename(partial, path)


def main(arguments: list[str]) -> None:
    """Do what is asked."""
    match arguments:
        case ["show", name] if (FOLDER / "all" / name).exists():
            sys.stdout.write((FOLDER / "all" / name).read_text() + "\n")
        case ["show", name]:
            known = ", ".join(sorted(path.name for path in (FOLDER / "all").iterdir()))
            sys.exit(f"secrets: there is no {name}; there are: {known}")
        case [*readers] if readers and all("=" in reader for reader in readers):
            for reader in readers:
                name, _, listed = reader.partition("=")
                give(name, listed.split(","))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
