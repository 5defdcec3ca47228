"""Files of this machine on a server: which it lacks, and sending one."""

from __future__ import annotations

from pathlib import Path

from blocks.connection import Connection
from tasks.content import file_key


def missing_files(server: Connection, files: dict[str, Path]) -> dict[str, Path]:
    """Tell which files the server does not have, whole: compared by SHA-256."""
    have = server.run("sha256sum", *files).stdout
    sums = {line.split(maxsplit=1)[1]: line.split()[0] for line in have.splitlines() if line}
    return {there: here for there, here in files.items() if sums.get(there) != file_key(here)}


def send_file(server: Connection, here: Path, there: str) -> None:
    """Copy one file to the server, whole or not at all."""
    beside = f"{there}.epos-new"
    with here.open("rb") as file:
        server.check("install", "-D", "-m", "0644", "/dev/stdin", beside, stdin=file, timeout=300)
    server.check("mv", "-fT", beside, there)
