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
from tasks.application import described
from tasks.content import KEY_LENGTH, key_of
from tasks.secret import digest, local_secrets

FOLDER = "/var/lib/epos-virt/secrets"  # on the server, root's alone


def secrets_of_guest(environment: Environment, application: Application) -> dict[str, str]:
    """Give the secrets a unikernel reads; empty where it reads none.

    Raises:
        EposVirtError: one is not made yet; the containers' step makes them.
    """
    names = described(environment, application).secrets
    known = local_secrets(environment.name, names)
    if missing := [name for name in names if name not in known]:
        raise EposVirtError(
            f"{application.name} needs secrets that are not made yet",
            seen=", ".join(missing),
            remedy="python -m flows.compose_up makes them with the containers that know them",
        )
    return known


def disk_path(environment: Environment, application: Application, known: dict[str, str]) -> str:
    """Name the disk on the server; its name changes with every secret."""
    key = key_of({name: digest(secret) for name, secret in known.items()})
    return f"{FOLDER}/{environment.name}-{application.name}-{key[:KEY_LENGTH]}.squashfs"


def put_disk(server: Connection, path: str, known: dict[str, str]) -> None:
    """Make the disk here, carry it to the server, leave no copy of it here.

    Raises:
        EposVirtError: mksquashfs is missing or failed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "secrets"
        folder.mkdir()
        for name, secret in known.items():
            (folder / name).write_text(secret)
            # The disk is this guest's only; an image's own user reads it, as engines let it.
            (folder / name).chmod(0o444)
        image = Path(scratch) / "image"
        command = ("mksquashfs", folder, image, "-all-root", "-comp", "zstd", "-quiet")
        run(*command, "-no-progress", what="the disk of a unikernel's secrets was not made")
        server.check("install", "-d", "-m", "0700", FOLDER)
        server.write(path, image.read_bytes(), mode="0600")
