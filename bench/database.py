"""A PostgreSQL for one benchmark, and the programs that run beside it."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from errors import WrongInput
from runs.wait import wait_until

SOURCES = Path(__file__).resolve().parent.parent / "apps" / "database"
NODE, GATEWAY = "gnss-europe-v0-2-14", "gnss-europe-gateway"
PASSWORD = "benchmark"


class Database:
    """A PostgreSQL for the benchmark alone, with the node's and the gateway's databases."""

    def __init__(self, folder: Path, as_user: Sequence[str], pid: int, port: int) -> None:
        """Keep how it is reached."""
        self.folder, self.as_user, self.pid, self.port = folder, as_user, pid, port
        self.log = folder / "log"

    def sql(self, text: str, name: str = "postgres") -> None:
        """Run statements as the superuser."""
        run(*self.as_user, "psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder),
            "-p", str(self.port), "-U", "postgres", "-d", name, stdin=text)  # fmt: skip

    def create(self) -> None:
        """Load what the database application loads."""
        texts = {path.stem: path.read_text() for path in SOURCES.glob("*.sql")}
        self.sql(f'{texts["roles"]}\ncreate database "{NODE}";')
        self.sql(f"alter role epos_app login password '{PASSWORD}'")
        migrations = [path.read_text() for path in sorted(SOURCES.glob("migrations/*.sql"))]
        version = "create table schema_version (number integer primary key, name text);"
        for text in (texts["schema"], texts["lists"], version, *migrations, texts["roles"],
                     texts["grants"], texts["nodemanager_fix"]):  # fmt: skip
            self.sql(text, NODE)
        self.sql(f'create database "{GATEWAY}" template "{NODE}"')
        for name in ("data", "nodemanager_fix", "destination"):
            self.sql(texts[name], NODE)

    def keep(self) -> None:
        """Keep both databases as they are now."""
        for name in (NODE, GATEWAY):
            self.sql(f'create database "{name}.kept" template "{name}"')

    def restore(self, log: str) -> None:
        """Go back to what was kept; `log` says which statements are counted."""
        self.sql(f"alter system set log_statement = '{log}';\nselect pg_reload_conf();")
        for name in (NODE, GATEWAY):
            self.sql(f'drop database "{name}" with (force)')
            self.sql(f'create database "{name}" template "{name}.kept"')

    def statements(self, mark: int) -> int:
        """Count statements logged after a place in the log."""
        text = self.log.read_bytes()[mark:].decode(errors="replace")
        return len(re.findall(r"LOG:  (?:statement|execute)", text))


@contextmanager
def database(folder: Path) -> Iterator[Database]:
    """Make a cluster, and run it."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda at: int(at.parts[-2]))
    if not programs:
        raise WrongInput("there is no PostgreSQL", remedy="apt-get install postgresql")
    as_user: list[str] = []
    own = folder / "cluster"
    own.mkdir()
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = pwd.getpwnam("postgres")
        as_user = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        shutil.chown(own, "postgres", "postgres")
    run(*as_user, str(programs[-1] / "initdb"), "-D", str(own / "data"), "-U", "postgres",
        "-E", "UTF8", "--locale=C", "--no-sync", "--auth-local=trust",
        "--auth-host=scram-sha-256")  # fmt: skip
    port = free_port()
    program = [*as_user, str(programs[-1] / "postgres"), "-D", str(own / "data"), "-p", str(port),
               "-k", str(own), "-c", "fsync=off", "-c", "jit=off",
               "-c", "max_parallel_workers_per_gather=0"]  # fmt: skip
    with running(program, {"PATH": os.environ["PATH"]}, own / "log") as pid:
        made = Database(own, as_user, pid, port)
        wait_until(partial(listens, port), what="PostgreSQL", within=120, every=0.1, remedy="")
        made.create()
        yield made


@contextmanager
def running(command: Sequence[str], settings: dict[str, str], log: Path) -> Iterator[int]:
    """Run a program while the block runs; give its process id."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=settings, stdout=output, stderr=output, cwd="/")
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def run(*command: str, stdin: str = "") -> None:
    """Run a program to its end; what it says is shown if it fails."""
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, cwd="/"
    )
    if done.returncode:
        raise WrongInput(
            f"{command[0]} ended with {done.returncode}",
            seen=done.stderr[-2000:],
            remedy="is what bench/README.md names installed?",
        )


def listens(port: int) -> bool:
    """Connect to a port of this machine.

    Raises:
        OSError: nobody listens on it.
    """
    with socket.create_connection(("127.0.0.1", port)):
        return True


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
