"""Builds that fail, by a word in the sources that the scripts in the programs' place know."""

from __future__ import annotations

from pathlib import Path

import pytest

from runs.child import ProgramFailed
from toolchains import Application, Toolchain


def failure_of(
    chain: Toolchain, application: Application, source: str, cache: Path
) -> ProgramFailed:
    """Build an application whose sources have this word; gives how that failed."""
    (application.folder / "main.py").write_text(f"# {source}\n")
    with pytest.raises(ProgramFailed) as raised:
        chain.build(application, cache)
    return raised.value
