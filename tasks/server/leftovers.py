"""Files on the server, and programs there, that were temporary and outlived a killed run."""

from __future__ import annotations

from blocks.connection import Connection
from deployments.model import Environment
from tasks.temporary import argument, folder_of

# The argument that marks a program comes on standard input: else grep and sh would have it, too.
PROGRAMS = "grep -lsxzF -f - /proc/[0-9]*/cmdline"
LOOK = f'{PROGRAMS}; [ ! -d "$1" ] || find "$1" -mindepth 1 -maxdepth 1'
END = f'{PROGRAMS} | cut -d/ -f3 | xargs -r kill -KILL; rm -rf --one-file-system -- "$1"'


def temporary_files(environment: Environment, server: Connection) -> list[str]:
    """Name programs that still run on the server, and files, of a killed run."""
    command = ["sh", "-c", LOOK, "sh", folder_of(environment)]
    listed = server.check(*command, stdin=argument(environment)).splitlines()
    return [line.removesuffix("/cmdline").replace("/proc/", "process ") for line in listed]


def remove_files(environment: Environment, server: Connection) -> None:
    """End the programs and remove the files of killed runs."""
    server.check("sh", "-c", END, "sh", folder_of(environment), stdin=argument(environment))
