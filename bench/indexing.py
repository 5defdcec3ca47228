"""Index an archive of many files twice: the first time from nothing, then with nothing changed.

indexGD, FWSS and a PostgreSQL made for the benchmark are processes of this machine. The files are
one generated day under many names, so that what is timed is indexGD's and FWSS's own work. Prints
files per second and indexGD's peak memory, at a tenth of the first run and after each.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from bench.applications import FWSS, ROOT, answers, write
from bench.database import PASSWORD, database, free_port, running
from commands.command import guarded
from runs.telling import on_stderr, tell, told_to
from runs.wait import wait_until

IN_A_FOLDER = 1000


def main() -> int:
    """Run it; gives the exit status."""
    options = argparse.ArgumentParser(
        prog="python -m bench.indexing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--files", type=int, default=100_000, help="default: %(default)s")
    asked = options.parse_args()
    return guarded(lambda: measure(asked.files))


def measure(files: int) -> int:
    """Make the archive, index it twice, print what it took."""
    with tempfile.TemporaryDirectory(prefix="epos-bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        with told_to(on_stderr), database(folder) as node:
            tell(f"making {files} files")
            make_archive(folder / "archive", files)
            (folder / "secret").write_text(PASSWORD)
            fwss_port, port = free_port(), free_port()
            settings = {
                "PATH": os.environ["PATH"], "PORT": str(port), "ARCHIVE": str(folder / "archive"),
                "FWSS_ADDRESS": f"127.0.0.1:{fwss_port}",
                "DATABASE_ADDRESS": f"127.0.0.1:{node.port}",
                "DATABASE_PASSWORD_FILE": str(folder / "secret"),
                "WRITE_TOKEN_FILE": str(folder / "secret"),
            }  # fmt: skip
            fwss = [sys.executable, "-c", FWSS, str(ROOT / "apps/fwss"), str(fwss_port)]
            program = [sys.executable, "-S", "-s", "-B", "-u", str(ROOT / "apps/indexgd/main.py")]
            with (
                running(fwss, settings, folder / "fwss"),
                running(program, settings, folder / "app") as pid,
            ):
                for waited in (fwss_port, port):
                    wait_until(lambda at=waited: answers(at), what=f"port {waited}", within=120,
                               every=0.1, remedy="look at the errors above")  # type: ignore[misc]  # fmt: skip
                write(f"before: peak memory {peak(pid)}")
                for name in ("from nothing", "nothing changed"):
                    run(name, port, pid, files)
    return 0


def make_archive(archive: Path, files: int) -> None:
    """Give one generated file many names: folders of a thousand stations."""
    generate = ROOT / "apps" / "rinex-sample" / "generate.py"
    archive.mkdir()
    samples = archive.parent / "samples"
    subprocess.run([sys.executable, str(generate), str(samples)], check=True)
    sample = samples / "test0010.24o"
    os.utime(sample, (1_700_000_000, 1_700_000_000))
    for number in range(files):
        day, station = divmod(number, IN_A_FOLDER)
        folder = archive / f"{day:03}"
        folder.mkdir(exist_ok=True)
        path = folder / f"s{station:03}{day % 365 + 1:03}0.24o"
        if station == 0:  # a file system allows only so many names of one file
            shutil.copy2(sample, path)
            first = path
        else:
            os.link(first, path)


def run(name: str, port: int, pid: int, files: int) -> None:
    """Index once."""
    began, tenth = time.monotonic(), ""
    found = ask(port, "POST")
    while found["state"] == "running":
        time.sleep(0.2)
        found = ask(port, "GET")
        if not tenth and found["seen"] >= files // 10:
            tenth = peak(pid)
    took = time.monotonic() - began
    if found["state"] != "done" or found["errors"]:
        raise SystemExit(json.dumps(found)[:2000])
    counts = f"{found['read']} read, {found['unchanged']} unchanged"
    memory = f"peak memory {tenth} at a tenth, {peak(pid)} at the end"
    write(f"{name}: {took:.1f} s, {files / took:.0f} files/s, {counts}; {memory}")


def ask(port: int, method: str) -> dict[str, Any]:
    """Start a run, or look at it."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/index", method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def peak(pid: int) -> str:
    """Give a process' peak memory."""
    [size] = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return f"{int(size) / 1024:.1f} MiB"


if __name__ == "__main__":
    sys.exit(main())
