"""The secrets of a unikernel: a small read-only disk that only this guest is given.

Never the kernel's command line: every process of guest and server can read that.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from blocks.connection import Connection
from deployments.model import Application, Environment
from errors import EposVirtError
from runs.child import run
from runs.looking import about_to_make
from tasks.application import described, source_folder
from tasks.certificate import CERTIFICATE, KEY, certificate_of
from tasks.content import KEY_LENGTH, key_of
from tasks.secret import digest, local_secrets, made_secret
from tasks.unikernel.sources import from_container

FOLDER = "/var/lib/epos-virt/secrets"  # on the server, root's alone


def secrets_of_guest(environment: Environment, application: Application) -> dict[str, str]:
    """Give the secrets a unikernel reads; empty where it reads none.

    Those that others read as well are theirs to make: their machine may have them already.

    Raises:
        EposVirtError: one of those is not made yet.
    """
    names = described(environment, application).secrets
    known = local_secrets(environment.name, names)
    shared = secrets_in_machines(environment)
    known |= {
        name: make_secret(environment, name)
        for name in names
        if name not in known and name not in shared
    }
    if missing := [name for name in names if name not in known]:
        raise EposVirtError(
            f"{application.name} needs secrets that are not made yet",
            seen=", ".join(missing),
            remedy="python -m flows.compose_up makes them with the containers that know them",
        )
    return known


def secrets_in_machines(environment: Environment) -> set[str]:
    """Give the secrets that something read which runs in a domU."""
    inside = (app for app in environment.applications if app.domu)
    return {name for app in inside for name in described(environment, app).secrets}


def make_secret(environment: Environment, name: str) -> str:
    """Make a secret that only unikernels read."""
    about_to_make(f"the secret {name}")
    if name in (CERTIFICATE, KEY):
        certificate = certificate_of(environment)
        return certificate.with_name(name).read_text()
    return made_secret(environment.name, name)


def disk_path(environment: Environment, application: Application, known: dict[str, str]) -> str:
    """Name the disk on the server; its name changes with every secret."""
    key = key_of({name: digest(secret) for name, secret in known.items()})
    return f"{FOLDER}/{environment.name}-{application.name}-{key[:KEY_LENGTH]}.squashfs"


def mode_of_secrets(environment: Environment, application: Application) -> int:
    """Give who reads the secrets in a guest: a container's image has a user who is not root."""
    of_image = described(environment, application).runtime == "image"
    from_one = of_image or from_container(source_folder(environment, application))
    return 0o444 if from_one else 0o400


def put_disk(server: Connection, path: str, known: dict[str, str], mode: int = 0o400) -> None:
    """Make the disk here, carry it to the server, leave no copy of it here.

    Args:
        server: where it goes; root's alone there.
        path: its name.
        known: the secrets.
        mode: of each in the guest, whose only user is root, or a container image's own.

    Raises:
        EposVirtError: mksquashfs is missing or failed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "secrets"
        folder.mkdir()
        for name, secret in known.items():
            (folder / name).write_text(secret)
            (folder / name).chmod(mode)
        image = Path(scratch) / "image"
        command = ("mksquashfs", folder, image, "-all-root", "-comp", "zstd", "-quiet")
        run(*command, "-no-progress", what="the disk of a unikernel's secrets was not made")
        server.check("install", "-d", "-m", "0700", FOLDER)
        server.write(path, image.read_bytes(), mode="0600")
