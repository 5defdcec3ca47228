"""What indexGD and RunQC find in the same files."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.unit.runqc.made_files import Found

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def both() -> Iterator[Callable[[list[Path]], list[tuple[Found, Found]]]]:
    """Give what indexGD and RunQC find in files."""
    folder = ROOT / "apps" / "indexgd"
    own = {path.stem for path in folder.glob("*.py")}
    before = {name: sys.modules.pop(name) for name in own if name in sys.modules}
    sys.path.insert(0, str(folder))
    try:
        index, names = importlib.import_module("index"), importlib.import_module("names")
        yield lambda paths: list(
            zip([indexed(index, names, path) for path in paths], checked(paths), strict=True)
        )
    finally:
        sys.path.remove(str(folder))
        for name in own:
            sys.modules.pop(name, None)
        sys.modules.update(before)


def indexed(index: ModuleType, names: ModuleType, path: Path) -> Found:
    name = names.parse_name(path.name)
    assert name is not None, f"{path.name} is not recognised"
    try:
        record = index.index_file(str(path.parent), path.name, name, "EPOS")
    except (index.BadFileError, index.NotRinexError) as error:
        return {"error": str(error)}
    assert isinstance(record, dict)
    return record


def checked(paths: list[Path]) -> list[Found]:
    lib = ROOT / "apps" / "runqc" / "lib"
    command = ["perl", str(Path(__file__).with_name("check_files.pl")), str(lib), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
