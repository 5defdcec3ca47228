"""Compile an application's sources in place: FILE.py gets __pycache__/FILE.cpython-313.pyc.

Runs in the build root: `python3.13 compile_application.py FOLDER ENTRY`. The entry becomes
ENTRY.pyc beside its source, because a program that is started is not looked up in a cache.
The sources stay: tracebacks quote them.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from scan_imports import compiled  # type: ignore[import-not-found]


def main(folder: Path, entry: str) -> None:
    """Compile every source below `folder`; names in tracebacks are those in the guest."""
    for source in sorted(folder.rglob("*.py")):
        relative = source.relative_to(folder)
        code = compiled(source, f"/app/{relative}", 0)
        cached = Path(importlib.util.cache_from_source(str(source)))
        if str(relative) == entry:
            cached = source.with_suffix(".pyc")
        cached.parent.mkdir(exist_ok=True)
        cached.write_bytes(code)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
