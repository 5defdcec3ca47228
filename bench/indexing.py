"""Index an archive of many files twice: the first time from nothing, then with nothing changed.

indexGD, FWSS and a PostgreSQL made for the benchmark are processes of this machine. The files are
one generated hour under many names, so that what is timed is indexGD's and FWSS's own work;
with --of those of a folder, which md5sum and hatanaka read first. Prints files per second, the
processor seconds of each process, and indexGD's peak memory, at a tenth of the first run and after
each.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import string
import subprocess
import sys
import tempfile
import time
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

from bench.applications import ARCHIVE, FWSS, ROOT, answers, cpu, crx2rnx, write
from bench.database import PASSWORD, database, free_port, running
from commands.command import guarded
from errors import WrongInput
from runs.telling import on_stderr, tell, told_to
from runs.wait import wait_until

IN_A_FOLDER = 1000
LETTERS = string.ascii_lowercase  # that stations of a file's copies begin with
# A name of a RINEX file, from which its station's four letters are taken away.
NAMED = re.compile(r"(?i)[a-z0-9]{4}(\d{3}.\.\d\d[do]|\d\d.{3}_.*_MO\.(rnx|crx))(\.\w+)?$")
HATANAKA = """
import sys, hatanaka
for path in sys.stdin.read().split("\\n"):
    hatanaka.decompress(open(path, "rb").read())
"""


def main() -> int:
    """Run it; gives the exit status."""
    options = argparse.ArgumentParser(
        prog="python -m bench.indexing",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--files", type=int, default=100_000, help="default: %(default)s")
    options.add_argument("--of", type=Path, nargs="?", const=ARCHIVE,
                         help="a folder of observation files (default: %(const)s)")  # fmt: skip
    asked = options.parse_args()
    return guarded(lambda: measure(asked.files, asked.of))


def measure(files: int, of: Path | None) -> int:
    """Make the archive, index it twice, print what it took."""
    with tempfile.TemporaryDirectory(prefix="epos-bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        with told_to(on_stderr), database(folder) as node:
            tell(f"making {files} files")
            make_archive(folder / "archive", files, samples(folder, of))
            if of:
                by_tools(folder / "archive", files)
            (folder / "secret").write_text(PASSWORD)
            fwss_port, port = free_port(), free_port()
            settings = {
                "PATH": os.environ["PATH"], "PORT": str(port), "ARCHIVE": str(folder / "archive"),
                "FWSS_ADDRESS": f"127.0.0.1:{fwss_port}",
                "DATABASE_ADDRESS": f"127.0.0.1:{node.port}",
                "DATABASE_PASSWORD_FILE": str(folder / "secret"),
                "WRITE_TOKEN_FILE": str(folder / "secret"), "CRX2RNX": str(crx2rnx()),
            }  # fmt: skip
            fwss = [sys.executable, "-c", FWSS, str(ROOT / "apps/fwss"), str(fwss_port)]
            program = [sys.executable, "-S", "-s", "-B", "-u", str(ROOT / "apps/indexgd/main.py")]
            with (
                running(fwss, settings, folder / "fwss") as fwss_pid,
                running(program, settings, folder / "app") as pid,
            ):
                for waited in (fwss_port, port):
                    wait_until(partial(answers, waited), what=f"port {waited}", within=120,
                               every=0.1, remedy="look at the errors above")  # fmt: skip
                write(f"before: peak memory {peak(pid)}")
                for name in ("from nothing", "nothing changed"):
                    run(
                        name,
                        port,
                        {"indexGD": pid, "FWSS": fwss_pid, "PostgreSQL": node.pid},
                        files,
                    )
    return 0


def samples(folder: Path, of: Path | None) -> list[Path]:
    """Give what the archive's files are copies of: one that is generated, or those of a folder."""
    if of is None:
        generate = ROOT / "apps" / "rinex-sample" / "generate.py"
        subprocess.run([sys.executable, str(generate), str(folder / "samples")], check=True)
        return [folder / "samples" / "test0010.24o"]
    found = [path for path in sorted(of.glob("*")) if NAMED.match(path.name)]
    if not found:
        raise WrongInput(f"{of}: no observation file", remedy="name another folder: --of FOLDER")
    return found[: len(LETTERS)]


def make_archive(archive: Path, files: int, of: list[Path]) -> None:
    """Give each file many names: folders of a thousand stations or so."""
    for number in range(files):
        station, kind = divmod(number, len(of))
        above, station = divmod(station, IN_A_FOLDER)
        folder = archive / f"{above:03}"
        path = folder / f"{LETTERS[kind]}{station:03}{of[kind].name[4:]}"
        if station == 0:  # a file system allows only so many names of one file
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(of[kind], path)
            os.utime(path, (1_700_000_000, 1_700_000_000))
        else:
            os.link(folder / f"{LETTERS[kind]}000{of[kind].name[4:]}", path)


def by_tools(archive: Path, files: int) -> None:
    """Let md5sum and hatanaka read the same files, one after the other."""
    paths = "\n".join(str(path) for path in sorted(archive.rglob("*.*")))
    for name, command in (
        ("md5sum", ["xargs", "-d", "\n", "md5sum"]),
        ("hatanaka", [sys.executable, "-c", HATANAKA]),
    ):
        began, before = time.monotonic(), os.times()
        subprocess.run(command, input=paths, text=True, check=True, stdout=subprocess.DEVNULL)
        took, after = time.monotonic() - began, os.times()
        spent = after[2] + after[3] - before[2] - before[3]  # of children
        write(f"{name}: {took:.1f} s, {files / took:.0f} files/s; processor {spent:.1f} s")


def run(name: str, port: int, pids: dict[str, int], files: int) -> None:
    """Index once."""
    pid, before = pids["indexGD"], {who: cpu(pid) for who, pid in pids.items()}
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
    spent = ", ".join(f"{who} {cpu(pids[who]) - spent:.1f} s" for who, spent in before.items())
    write(f"{name}: {took:.1f} s, {files / took:.0f} files/s, {counts}; {memory}; {spent}")


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
