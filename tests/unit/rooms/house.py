"""The rooms of the house, and the files in each."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).parents[3]
# From the top down; a room may use what is below it.
ROOMS = (
    "bench",
    "commands",
    "flows",
    "recommendation",
    "report",
    "tasks",
    "toolchains",
    "lab",
    "blocks",
    "runs",
    "history",
    "deployments",
    "state",
    "errors",
    "spelling",
    "printable",
)


def files(room: str) -> list[Path]:
    """Give the modules of a room, without the programs that it sends to servers."""
    folder = PROJECT / room
    found = folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]
    return [file for file in found if "files" not in file.relative_to(PROJECT).parts]
