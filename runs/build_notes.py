"""What Prefect's cache knows of builds: a note for each, filed under the content it was built from.

A note is no proof that the thing is there. Who finds that it is not forgets the note.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from state import state_folder


def notes() -> Path:
    """Give the folder of all notes, where Prefect keeps them as results of tasks."""
    return state_folder("prefect", "builds")


def note(step: str, content: str) -> str:
    """Name the note of one build, within the folder: the key of Prefect's cache."""
    return f"{_folder(step)}/{content}"


def forget(step: str) -> None:
    """Remove what is noted of a step's builds: the thing is not there, or of other content."""
    shutil.rmtree(notes() / _folder(step), ignore_errors=True)


def _folder(step: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "-", step)
