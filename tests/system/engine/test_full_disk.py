"""A state folder on a disk that is full: it is told, old results stay, and it goes on with room.

Needs root: the disk is a tmpfs in a mount namespace of its own, gone with its process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.patience import LONGEST

PROJECT = Path(__file__).parents[3]
ON_A_SMALL_DISK = 'mount -t tmpfs -o size=1m none "$1" && shift && exec "$@"'
PROGRAM = """
import json, sys
from pathlib import Path
from history import Platform, open_history
from history.database import HistoryUnavailable
from state import replace_text

folder = Path(sys.argv[1])
note = folder / "note.json"
replace_text(note, "old")
told = {}
with open_history(str(folder / "history.sqlite")) as history:
    run = history.begin_run("measure", "lab", Platform())
    history.add_samples(run, "before", "vm", "start_boot", "s", [1.0] * 100, "method")
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            told["filled"] = error.strerror
    try:
        for number in range(1000):
            history.add_samples(run, f"s{number}", "vm", "start_boot", "s", [1.5] * 500, "method")
    except HistoryUnavailable as error:
        told["history"] = str(error)
    try:
        replace_text(note, "new" * 100_000)
    except OSError as error:
        told["note"] = error.strerror
    told["kept"] = note.read_text()
    told["beside"] = sorted(path.name for path in folder.iterdir() if path.name.startswith(".note"))
    filler.unlink()
    history.add_samples(run, "after", "vm", "start_boot", "s", [1.0], "method")
    told["there"] = sorted({"before", "after"} & set(history.metrics()["subject"]))
print(json.dumps(told))
"""


def test_05_a_full_disk_is_told_and_old_results_stay(tmp_path: Path) -> None:
    python = (sys.executable, "-c", PROGRAM, str(tmp_path))
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh", str(tmp_path), *python],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["filled"] == told["note"] == "No space left on device"
    assert "could not be used" in told["history"]
    assert "next: free space on the disk" in told["history"] or "df " in told["history"]
    assert (told["kept"], told["beside"]) == ("old", [])
    assert told["there"] == ["after", "before"]
