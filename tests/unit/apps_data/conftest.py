"""Applications are programs, not packages: their folders go on sys.path for one test module."""

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
Load = Callable[[str], ModuleType]


def _modules_of(folder: Path) -> Iterator[Load]:
    """Yield a function that imports an application's module; afterwards all are forgotten.

    The applications have modules of the same names (main, compress), which must not meet.
    """
    own = {path.stem for path in folder.glob("*.py")}
    before = {name: sys.modules.pop(name) for name in own if name in sys.modules}
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module
    finally:
        sys.path.remove(str(folder))
        for name in own:
            sys.modules.pop(name, None)
        sys.modules.update(before)


@pytest.fixture(scope="module")
def indexgd() -> Iterator[Load]:
    yield from _modules_of(ROOT / "apps" / "indexgd")


@pytest.fixture(scope="module")
def fwss() -> Iterator[Load]:
    yield from _modules_of(ROOT / "apps" / "fwss")


@pytest.fixture(scope="session")
def sample_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files every machine can have."""
    folder = tmp_path_factory.mktemp("rinex-sample")
    generate = ROOT / "apps" / "rinex-sample" / "generate.py"
    subprocess.run([sys.executable, generate, folder], check=True)
    return folder
