"""The programs of this machine that a run starts: to their end, or until the run is ended."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from errors import EposVirtError
from runs.patience import stretched

LAST_LINES = 25  # of what a failed program printed, in the error
INSTALLED_BY = "script/bootstrap installs what is needed"


class ProgramFailed(EposVirtError):
    """A program of this machine is not there, failed, or did not end."""


def run(
    *command: str | Path,
    what: str = "",
    remedy: str = "",
    missing: str = INSTALLED_BY,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    within: float | None = None,
    both: bool = False,
    before: Callable[[], object] | None = None,
    error: type[EposVirtError] = ProgramFailed,
    transient: bool = False,
) -> str:
    """Run a program of this machine to its end, without input; gives what it printed.

    Args:
        command: the program and its arguments.
        what: what has failed where it fails: `the archive's image was not made`.
        remedy: what to do then; by default to run it by hand.
        missing: what to do where the program is not there.
        folder: its working folder.
        environment: its whole environment; by default ours.
        within: seconds it may take on a plain machine; stretched (runs/patience.py).
        both: give standard error too, in the order in which all was written.
        before: called in the new process, before the program is.
        error: what to raise.
        transient: whether it may succeed when it is run again.

    Raises:
        EposVirtError: `error`, with the last lines it printed.
    """
    argv = [str(word) for word in command]
    name = Path(argv[0]).name
    limit = None if within is None else stretched(within)
    try:
        done = subprocess.run(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if both else subprocess.PIPE,
            preexec_fn=before,
            text=True,
            errors="replace",
            timeout=limit,
            check=False,
        )
    except (FileNotFoundError, PermissionError) as absent:
        raise _absent(argv, absent, what, missing, error) from None
    except subprocess.TimeoutExpired:
        raise error(
            what or f"{name} did not end",
            seen=f"{shlex.join(argv)} went on for {limit:.0f} s",
            remedy="see what else this machine is doing, then repeat",
            transient=True,
        ) from None
    if done.returncode:
        said = (done.stdout + (done.stderr or "")).strip().splitlines()
        raise _failed(argv, done.returncode, said, what, remedy, error, transient)
    return done.stdout


def follow(
    *command: str | Path,
    hear: Callable[[str], object],
    given: str = "",
    what: str = "",
    remedy: str = "",
    folder: Path | None = None,
    transient: bool = False,
) -> None:
    """Run a program of this machine to its end, and pass on what it says meanwhile.

    Args:
        command: the program and its arguments.
        hear: is told each line of its standard error, when it comes; the other is for nobody.
        given: what it reads on its standard input.
        what, remedy, folder, transient: as of `run`.

    Raises:
        ProgramFailed: with the last lines it said.
    """
    argv = [str(word) for word in command]
    said = []
    with tempfile.TemporaryFile("w+") as stdin:
        stdin.write(given)
        stdin.seek(0)
        try:
            process = subprocess.Popen(
                argv,
                cwd=folder,
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
            )
        except (FileNotFoundError, PermissionError) as absent:
            raise _absent(argv, absent, what, INSTALLED_BY, ProgramFailed) from None
    assert process.stderr is not None
    with process:
        for line in process.stderr:
            said.append(line.rstrip())
            hear(said[-1])
    if process.returncode:
        raise _failed(argv, process.returncode, said, what, remedy, ProgramFailed, transient)


def _absent(
    argv: Sequence[str], absent: OSError, what: str, missing: str, error: type[EposVirtError]
) -> EposVirtError:
    return error(
        f"{Path(argv[0]).name} is not installed on this machine",
        seen="\n".join(filter(None, [what, f"{argv[0]}: {absent.strerror}"])),
        remedy=missing,
    )


def _failed(
    argv: Sequence[str],
    status: int,
    said: Sequence[str],
    what: str,
    remedy: str,
    error: type[EposVirtError],
    transient: bool,
) -> EposVirtError:
    return error(
        what or f"{Path(argv[0]).name} failed (exit status {status})",
        seen="\n".join([f"{shlex.join(argv)}: exit status {status}", *said[-LAST_LINES:]]),
        remedy=remedy or "the last lines above say why; mend that and repeat",
        transient=transient,
    )


def end_children() -> None:
    """Ask the programs that steps have started here, and wait for, to end.

    The run's own servers are in sessions of their own, and stay.
    """
    session = os.getsid(0)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # 4242 (make (all)) S 4200 4242 4100 ...: parent, process group, session
            parent, _, of_session = path.read_text().rpartition(")")[2].split()[1:4]
            if (int(parent), int(of_session)) == (os.getpid(), session):
                os.kill(int(path.parent.name), signal.SIGTERM)
