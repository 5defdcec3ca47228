"""Running the program of a toolchain that somebody else makes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runs.child import run


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
        return run(
            self.name,
            *arguments,
            folder=folder,
            environment={**os.environ, **self.environment},
            both=True,
            what=f"{self.name} {arguments[0]} failed",
            missing=f"{self.how_to_get}; toolchain linux needs Debian packages only",
            remedy=remedy or "run it by hand in a copy of the sources",
        )
