"""Running the program of a toolchain that somebody else makes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from errors import EposVirtError

LAST_LINES = 25  # of a failed program's output, in the error


class ProgramFailed(EposVirtError):
    """A toolchain's program is not there, failed, or did not make what it should."""


@dataclass(frozen=True)
class Program:
    """A program on PATH.

    Args:
        name: as it is called.
        how_to_get: what to do where it is absent.
        environment: variables it gets besides our own.
    """

    name: str
    how_to_get: str
    environment: Mapping[str, str]

    def run(self, *arguments: str, folder: Path, remedy: str = "") -> str:
        """Run it in a folder and give both its streams.

        Raises:
            ProgramFailed: it is absent, or failed: with its exit status and last lines.
        """
        argv = [self.name, *arguments]
        try:
            result = subprocess.run(
                argv,
                cwd=folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,  # in the order in which they were written
                text=True,
                errors="replace",
                check=False,
            )
        except (FileNotFoundError, PermissionError):
            raise ProgramFailed(
                f"{self.name} is not installed on this machine",
                seen=f"no such program on PATH: {os.environ.get('PATH', '')}",
                remedy=f"{self.how_to_get}; toolchain linux needs Debian packages only",
            ) from None
        if result.returncode:
            lines = result.stdout.splitlines()[-LAST_LINES:]
            raise ProgramFailed(
                f"{self.name} {arguments[0]} failed (exit status {result.returncode})",
                seen="\n".join([f"command: {' '.join(argv)}", *lines]),
                remedy=remedy or f"run it by hand in a copy of the sources: {' '.join(argv)}",
            )
        return result.stdout
