"""Run one application of two source trees over the same files, in turn: A B B A.

Each run is a process of this machine, with the FWSS of its tree and a PostgreSQL made for the
benchmark. Prints processor seconds and wall time of one request (POST /index, /qc or /sync) after
the application has answered /health, what FWSS and PostgreSQL took, the SQL statements and the
requests to FWSS; and the median ratio of the pairs, new to old.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bench.database import PASSWORD, Database, database, free_port, run, running
from commands.command import guarded
from errors import WrongInput
from runs.telling import on_stderr, tell, told_to
from runs.wait import wait_until

ROOT = Path(__file__).resolve().parent.parent
ARCHIVE = ROOT.parent / "shared" / "data" / "rinex"
REQUESTS = {"indexgd": "/index", "runqc": "/qc", "sync": "/sync"}
TICKS = os.sysconf("SC_CLK_TCK")
# As toolchains/linux/java.py and app.yaml have them.
JAVA = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto",
        "-Xss512k", "-XX:ReservedCodeCacheSize=16m", "-Xmx16m")  # fmt: skip
FWSS = """
import sys
sys.path.insert(0, sys.argv[1])
import web_server
from werkzeug.serving import make_server
make_server("127.0.0.1", int(sys.argv[2]), web_server.app, threaded=True).serve_forever()
"""


@dataclass(frozen=True)
class Figures:
    """What one request took: processor and wall time in seconds, and counts."""

    cpu: float
    wall: float
    fwss: float
    database: float
    statements: int
    requests: int


def main() -> int:
    """Run it; gives the exit status."""
    options = argparse.ArgumentParser(
        prog="python -m bench.applications",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("application", choices=REQUESTS)
    options.add_argument("--old", type=Path, required=True, help="a tree: git worktree add …")
    options.add_argument("--new", type=Path, default=ROOT, help="another (default: this one)")
    options.add_argument("--archive", type=Path, default=ARCHIVE, help="default: %(default)s")
    options.add_argument("--pairs", type=int, default=5)
    options.add_argument("--driver", type=Path, default=Path("/usr/share/java/postgresql.jar"),
                         help="of trees that use JDBC")  # fmt: skip
    options.add_argument("--crx2rnx", type=Path, default=crx2rnx(), help="default: %(default)s")
    asked = options.parse_args()
    return guarded(lambda: compare(asked))


def crx2rnx() -> Path:
    """Give where the package hatanaka has it."""
    return Path(sys.prefix, "lib", f"python3.{sys.version_info.minor}",
                "site-packages/hatanaka/bin/crx2rnx")  # fmt: skip


def compare(asked: argparse.Namespace) -> int:
    """Measure pairs and print them."""
    if not asked.archive.is_dir():
        raise WrongInput(f"{asked.archive}: no folder", remedy="name one: --archive FOLDER")
    with tempfile.TemporaryDirectory(prefix="epos-bench-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        with told_to(on_stderr), database(folder) as node:
            bench = Bench(asked, folder, node)
            bench.prepare()
            ratios = []
            for number in range(asked.pairs):
                order = ("old", "new") if number % 2 == 0 else ("new", "old")
                pair = {side: bench.measure(side) for side in order}
                ratios.append(pair["new"].cpu / max(pair["old"].cpu, 1 / TICKS))
                for side in ("old", "new"):
                    tell(f"pair {number + 1} {side}: {shown(pair[side])}")
            counted = {side: bench.measure(side, count=True) for side in ("old", "new")}
    for side, figures in counted.items():
        write(f"{side}: {figures.statements} SQL statements, {figures.requests} requests to FWSS")
    write(f"{asked.application}: {statistics.median(ratios):.2f} of the processor time"
          f" ({min(ratios):.2f} to {max(ratios):.2f}, {len(ratios)} pairs)")  # fmt: skip
    return 0


def shown(figures: Figures) -> str:
    """Write a run in one line."""
    return (f"{figures.cpu:.2f} s of processor, {figures.wall:.2f} s of wall;"
            f" FWSS {figures.fwss:.2f} s, PostgreSQL {figures.database:.2f} s")  # fmt: skip


class Bench:
    """The two trees and the database between them."""

    def __init__(self, asked: argparse.Namespace, folder: Path, node: Database) -> None:
        """Keep what is to be compared."""
        self.asked, self.folder, self.node = asked, folder, node
        self.trees: dict[str, Path] = {"old": asked.old.resolve(), "new": asked.new.resolve()}
        self.commands: dict[str, list[str]] = {}
        self.secret = folder / "secret"
        self.secret.write_text(PASSWORD)

    def prepare(self) -> None:
        """Bring the database to where the application begins, by the ones before it."""
        tell("preparing")
        before = list(REQUESTS)[: list(REQUESTS).index(self.asked.application)]
        for application in before:
            self.request("new", application)
        self.node.keep()
        for side in self.trees:
            self.commands[side] = self.command(side, self.asked.application)

    def measure(self, side: str, *, count: bool = False) -> Figures:
        """Take one run from the same state of the database."""
        self.node.restore(log="all" if count else "none")
        return self.request(side, self.asked.application)

    def request(self, side: str, application: str) -> Figures:
        """Start FWSS and an application, ask it, end both."""
        command = self.commands.get(side) or self.command(side, application)
        fwss_port, port = free_port(), free_port()
        settings = {
            "PATH": os.environ["PATH"], "ARCHIVE": str(self.asked.archive), "PORT": str(port),
            "DATA_CENTER": "EPOS", "FWSS_ADDRESS": f"127.0.0.1:{fwss_port}",
            "CRX2RNX": str(self.asked.crx2rnx), "DATABASE_PORT": str(self.node.port),
            "DATABASE_PASSWORD_FILE": str(self.secret), "WRITE_TOKEN_FILE": str(self.secret),
        }  # fmt: skip
        fwss_program = [sys.executable, "-c", FWSS, str(self.trees[side] / "apps/fwss")]
        by_address = settings | {"DATABASE_ADDRESS": f"127.0.0.1:{self.node.port}"}
        settings["DATABASE_ADDRESS"] = "127.0.0.1"
        with (
            running([*fwss_program, str(fwss_port)], by_address, self.folder / "fwss") as fwss,
            running(command, settings, self.folder / "app") as app,
        ):
            for waited in (fwss_port, port):
                wait_until(partial(answers, waited), what=f"port {waited}", within=120,
                           every=0.1, remedy="look at the errors above")  # fmt: skip
            mark = self.node.log.stat().st_size
            asked = (self.folder / "fwss").read_text().count(" HTTP/")
            processes = (app, fwss, self.node.pid)
            before, began = [cpu(pid) for pid in processes], time.monotonic()
            ask(port, REQUESTS[application])
            wall = time.monotonic() - began
            own, of_fwss, of_database = (
                cpu(pid) - earlier for pid, earlier in zip(processes, before, strict=True)
            )
            requests = (self.folder / "fwss").read_text().count(" HTTP/") - asked
        statements = self.node.statements(mark)
        return Figures(own, wall, of_fwss, of_database, statements, requests)

    def command(self, side: str, application: str) -> list[str]:
        """Give what starts an application, as its toolchain does."""
        source = self.trees[side] / "apps" / application
        if application == "indexgd":
            return [sys.executable, "-S", "-s", "-B", "-u", str(source / "main.py")]
        if application == "runqc":
            return ["perl", str(source / "main.pl")]
        return self.java(side, source)

    def java(self, side: str, source: Path) -> list[str]:
        """Compile, and archive the classes of the first answer; of /sync, too, if it names them."""
        work = self.folder / side
        shutil.copytree(source / "src/main/resources", work / "classes")
        jars = [self.asked.driver] if (source / "requirements.txt").exists() else []
        toolchain = (self.trees[side] / "toolchains/linux/java.py").read_text()
        options = re.findall(r"-XDstringConcat=inline", toolchain)[:1]
        path = ":".join(map(str, jars)) or "."
        files = [str(file) for file in source.rglob("*.java")]
        run("javac", *options, "-nowarn", "-d", str(work / "classes"), "-cp", path, *files)
        jar = work / "application.jar"
        run("jar", "--create", "--no-compress", f"--file={jar}", "-C", str(work / "classes"), ".")
        launch = ["-cp", ":".join(map(str, [jar, *jars])), "epos.sync.Main"]
        port, names, archive = free_port(), work / "names", work / "classes.jsa"
        train = ["java", *JAVA, "-Xshare:off", f"-XX:DumpLoadedClassList={names}", *launch]
        settings = {
            "PATH": os.environ["PATH"], "PORT": str(port), "DATABASE_ADDRESS": "127.0.0.1",
            "DATABASE_PORT": str(self.node.port), "DATABASE_PASSWORD_FILE": str(self.secret),
        }  # fmt: skip
        with running(train, settings, work / "log"):
            wait_until(lambda: answers(port), what="the application", within=120, every=0.1,
                       remedy="")  # fmt: skip
            # classes.list holds what the image's Java and driver load; this machine's differ.
            if (source / "classes.list").exists():
                ask(port, REQUESTS["sync"])
        run("java", "-Xshare:dump", f"-XX:SharedClassListFile={names}",
            f"-XX:SharedArchiveFile={archive}", *launch[:2])  # fmt: skip
        return ["java", *JAVA, f"-XX:SharedArchiveFile={archive}", *launch]


def cpu(pid: int) -> float:
    """Give a process' processor seconds, with its children, those ended and those not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0  # it has just ended: its parent has its time
    return sum(map(int, fields[11:15])) / TICKS + sum(cpu(int(child)) for child in children)


def answers(port: int) -> bool:
    """Tell whether /health answers."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=60) as answer:
        return bool(answer.status == 200)


def ask(port: int, path: str) -> None:
    """Post a request, and wait for its answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method="POST")
    with urllib.request.urlopen(request, timeout=3600) as answer:
        if answer.status == 202:
            wait_for_end(f"http://127.0.0.1:{port}{answer.headers['Location']}")


def wait_for_end(url: str) -> dict[str, Any]:
    """Wait for a run of indexGD; give what became of it."""

    def ended() -> dict[str, Any] | None:
        with urllib.request.urlopen(url, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return None if found["state"] == "running" else found

    return wait_until(ended, what="the end of the run", within=3600, every=0.05,
                      remedy="look at the errors above")  # fmt: skip


def write(line: str) -> None:
    """Write a result."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
