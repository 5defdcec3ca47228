"""QEMU's control socket (QMP): one command, one answer; and jobs, which take longer."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from typing import Any

from errors import EposVirtError
from lab.folders import MachineFolder
from runs.patience import stretched
from runs.wait import wait_until

_ANSWER_LIMIT = 60.0  # s
_JOB_LIMIT = 300.0  # s; saving 4 GiB of memory takes two


class QmpError(EposVirtError):
    """QEMU refused a command, or did not answer."""


class Qmp:
    """An open control connection; see `connect`."""

    def __init__(self, connection: socket.socket) -> None:
        """Talk over `connection`, which has just been opened."""
        self._connection = connection
        self._lines = connection.makefile("rb")
        self._read()  # the greeting
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: object) -> Any:
        """Run a QMP command and return its result; underscores in names become hyphens."""
        message = {"execute": command, "arguments": _hyphens(arguments)}
        self._connection.sendall(json.dumps(message).encode() + b"\n")
        while True:
            answer = self._read()
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise QmpError(
                    f"QEMU refused {command}",
                    seen=str(answer["error"].get("desc", answer["error"])),
                    remedy="python -m lab status shows what the lab is and has",
                )

    def run_job(self, command: str, **arguments: object) -> None:
        """Start a QMP command that makes a job, and wait for the job's end."""
        job = f"lab-{os.getpid()}-{command}"
        self.execute(command, job_id=job, **arguments)
        ended = wait_until(
            lambda: self._concluded(job),
            what=f"the end of QEMU's {command}",
            within=_JOB_LIMIT,
            remedy="see whether this machine's disk is full or very busy",
            every=0.05,
        )
        self.execute("job-dismiss", id=job)
        if "error" in ended:
            raise QmpError(
                f"QEMU's {command} failed",
                seen=str(ended["error"]),
                remedy="python -m lab status lists the snapshots; df shows the space left",
            )

    def _concluded(self, job: str) -> dict[str, Any] | None:
        jobs = self.execute("query-jobs")
        return next((j for j in jobs if j["id"] == job and j["status"] == "concluded"), None)

    def _read(self) -> dict[str, Any]:
        line = self._lines.readline()
        if not line:
            raise QmpError(
                "QEMU closed its control socket",
                remedy="python -m lab status; python -m lab up starts the lab again",
            )
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextlib.contextmanager
def connect(folder: MachineFolder) -> Iterator[Qmp]:
    """Open the control socket of the machine in `folder`."""
    # A socket's path may have 107 characters at most; through the folder's descriptor it is short.
    descriptor = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(stretched(_ANSWER_LIMIT))
            try:
                connection.connect(f"/proc/self/fd/{descriptor}/{folder.qmp_socket.name}")
            except OSError as error:
                raise QmpError(
                    f"QEMU of {folder.path.name} does not take control commands",
                    seen=str(error),
                    remedy="python -m lab down --hard, then up",
                ) from error
            yield Qmp(connection)
    finally:
        os.close(descriptor)


def _hyphens(arguments: dict[str, object]) -> dict[str, object]:
    return {name.replace("_", "-"): value for name, value in arguments.items()}
